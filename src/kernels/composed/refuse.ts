import {MissingGradientsError} from '../../core/errors';
import type {Kernel} from './kernel';

/** Throws what says that an operation is not supported; never returns. */
export function refused(operation: string, reason: string, remedy: string): never {
  throw new MissingGradientsError(operation, {reason, remedy});
}

/** A kernel that tfjs computes wrongly and that is not replaced: no gradient beats a wrong one. */
export const refuse =
  (operation: string): Kernel =>
  () =>
    refused(
      operation,
      'TensorFlow.js computes a wrong one on this backend',
      'Use another backend for this model.',
    );
