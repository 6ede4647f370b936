import {MissingGradientsError} from '../../core/errors';

/** Throws what says that an operation is not supported; never returns. */
export function refused(operation: string, reason: string, remedy: string): never {
  throw new MissingGradientsError(operation, {reason, remedy});
}
