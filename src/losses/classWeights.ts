import * as tf from '@tensorflow/tfjs-core';

import {checkNumber} from '../core/checks/checkNumber';
import {describeValue} from '../core/describeValue';
import {InvalidArgumentError} from '../core/errors';

/** @internal Checked by the losses that have the option. */
export const WEIGHT_REDUCTIONS = ['weightedMean', 'meanOfWeighted'] as const;

/**
 * What the mean over a batch of weighted losses is: `'weightedMean'`, Σ w_i l_i / Σ w_i, as
 * PyTorch's `weight=` has it, or `'meanOfWeighted'`, Σ w_i l_i / N. They differ by a factor that
 * depends on the labels of the batch.
 */
export type WeightReduction = (typeof WEIGHT_REDUCTIONS)[number];

/**
 * Throws unless there is one finite weight ≥ 0 for each class, and not all are 0.
 *
 * @internal
 */
export function checkClassWeights(
  where: string,
  classWeights: ArrayLike<number>,
  numClasses: number,
): void {
  const isList = typeof classWeights === 'object' && (classWeights as unknown) !== null;
  if (!isList || classWeights.length !== numClasses) {
    throw new InvalidArgumentError({
      where,
      argument: 'classWeights',
      expected: `have one weight for each of the ${numClasses} classes`,
      found: isList ? `${classWeights.length} weights` : describeValue(classWeights),
      remedy: 'Make them with effectiveNumberWeights(classCounts).',
    });
  }
  for (let c = 0; c < numClasses; c++) {
    checkNumber(where, `classWeights[${c}]`, classWeights[c], {min: 0, max: 1e30});
  }
}

/**
 * The weight of each class for each example, w_c t_c, such that the mean of Σ_c w_c t_c l_c over the
 * batch is the wanted reduction.
 *
 * @param targets - t, `[batch, classes]`.
 * @param classWeights - w, checked.
 * @param reduction - See {@link WeightReduction}.
 * @returns `[batch, classes]`.
 * @internal
 */
export function weighTargets(
  targets: tf.Tensor2D,
  classWeights: ArrayLike<number>,
  reduction: WeightReduction,
): tf.Tensor2D {
  if (targets.shape[0] === 0) return tf.clone(targets);
  const weighted = tf.mul<tf.Tensor2D>(targets, tf.tensor1d(Array.from(classWeights)));
  if (reduction === 'meanOfWeighted') return weighted;
  return tf.mul(weighted, tf.div(targets.shape[0], tf.sum(weighted)));
}
