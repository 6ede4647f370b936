import {MissingGradientsError} from '../../core/errors';

/** Throws the error that an operation is not supported; never returns. */
export function refused(operation: string, reason: string, remedy: string): never {
  throw new MissingGradientsError(operation, {reason, remedy});
}
