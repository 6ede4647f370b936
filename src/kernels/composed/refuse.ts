import {InvalidArgumentError} from '../../core/errors';
import type {Kernel} from './kernel';

/** A kernel that tfjs computes wrongly and that is not replaced: no gradient beats a wrong one. */
export const refuse: Kernel = () => {
  throw new InvalidArgumentError({
    where: 'withGradientKernels',
    argument: 'body',
    expected: 'use gradients that are right on this backend',
    found: 'one of 3-D or dilation2d operations on wasm',
    remedy: 'Use another backend.',
  });
};
