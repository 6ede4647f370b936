import * as tf from '@tensorflow/tfjs-core';

import type {GradientCounts} from '../core/gradientTallies';
import {exampleAxes} from './perExample';

/**
 * The sum of the absolute values of each example's gradient: 0 where it is all zero, NaN or infinite
 * where it is not finite.
 *
 * @param gradient - `[batch, ...]` float32.
 * @returns `[batch]`; the caller disposes it.
 */
export const gradientSums = (gradient: tf.Tensor): tf.Tensor1D =>
  tf.tidy(() => tf.sum(tf.abs(gradient), exampleAxes(gradient)));

/** What the sums of {@link gradientSums} say, once they were read. */
export function countGradients(sums: ArrayLike<number>): GradientCounts {
  const values = Array.from(sums);
  return {
    zero: values.filter((sum) => sum === 0).length,
    nonFinite: values.filter((sum) => !Number.isFinite(sum)).length,
    total: values.length,
  };
}
