import * as tf from '@tensorflow/tfjs-core';

import {checkNumber} from '../core/checks/checkNumber';
import {checkOneOf} from '../core/checks/checkOneOf';
import {checkClassCounts} from '../core/checks/checkTensors';
import {type Defaults, withDefaults} from '../core/options';
import {effectiveNumberWeights} from '../samplers/effectiveNumberWeights';
import {WEIGHT_REDUCTIONS, weighTargets, type WeightReduction} from './classWeights';
import {crossEntropyOf} from './crossEntropy';
import {sigmoidFocalOf} from './sigmoidFocalLoss';
import {checkTargets, targetWeights, type Targets} from './targets';

const BASES = ['softmax', 'sigmoid', 'focal'] as const;

/** Options of {@link classBalancedLoss}. */
export interface ClassBalancedLossOptions {
  /** β in `[0, 1]` of the weights, see {@link effectiveNumberWeights}. @defaultValue 0.9999 */
  readonly beta?: number | undefined;
  /**
   * The loss that is weighted: `'softmax'`, cross-entropy; `'sigmoid'`, binary cross-entropy summed
   * over the classes; `'focal'`, {@link sigmoidFocalLoss}. @defaultValue 'softmax'
   */
  readonly base?: (typeof BASES)[number] | undefined;
  /** γ ≥ 0 of the base `'focal'`; the CIFAR scripts of the paper have 1. @defaultValue 2 */
  readonly gamma?: number | undefined;
  /** What the weights do to the mean over a batch, see {@link WeightReduction}. @defaultValue 'meanOfWeighted' */
  readonly reduction?: WeightReduction | undefined;
}

const DEFAULTS: Defaults<ClassBalancedLossOptions> = {
  beta: 0.9999,
  base: 'softmax',
  gamma: 2,
  reduction: 'meanOfWeighted',
};

/**
 * Class-balanced loss: a loss in which each example is weighted by the inverse of the effective
 * number of examples of its class.
 *
 * @param logits - `[batch, classes]` float32 raw scores.
 * @param labels - `[batch]` int32 in `[0, classes)`, or weights `[batch, classes]`.
 * @param classCounts - Training examples of each class, n_i ≥ 1; length `classes`.
 * @param options - See {@link ClassBalancedLossOptions}.
 * @returns `[batch]` float32 in nats; the caller disposes it.
 * @throws {@link InvalidArgumentError} if shapes disagree, a label is out of range, a class is empty
 *   or an option is out of range.
 * @see Cui et al. 2019, Class-Balanced Loss Based on Effective Number of Samples, Eq. (5) to (11).
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {classBalancedLoss} from 'lt-robust';
 *
 * const logits = tf.tensor2d([[0, 0]]);
 * const labels = tf.tensor1d([1], 'int32');
 * classBalancedLoss(logits, labels, [90, 10], {beta: 1}).dataSync(); // => [1.247665]
 * ```
 */
export function classBalancedLoss(
  logits: tf.Tensor2D,
  labels: Targets,
  classCounts: ArrayLike<number>,
  options: ClassBalancedLossOptions = {},
): tf.Tensor1D {
  const where = 'classBalancedLoss';
  const {beta, base, gamma, reduction} = withDefaults(where, DEFAULTS, options);
  checkTargets(where, logits, labels);
  const numClasses = logits.shape[1];
  checkClassCounts(where, classCounts, numClasses);
  checkNumber(where, 'beta', beta, {min: 0, max: 1});
  checkOneOf(where, 'base', base, BASES);
  checkNumber(where, 'gamma', gamma, {min: 0});
  checkOneOf(where, 'reduction', reduction, WEIGHT_REDUCTIONS);
  const classWeights = effectiveNumberWeights(classCounts, {beta});
  return tf.tidy(() => {
    const weights = weighTargets(targetWeights(labels, numClasses), classWeights, reduction);
    if (base === 'softmax') return crossEntropyOf(logits, weights);
    // An example of class c counts w_c times: for its class, and likewise against every other.
    const others = tf.sub<tf.Tensor2D>(tf.sum(weights, 1, true), weights);
    return sigmoidFocalOf(logits, weights, others, base === 'focal' ? gamma : 0);
  });
}
