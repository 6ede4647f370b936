import * as tf from '@tensorflow/tfjs-core';

import {checkNumber} from '../core/checks/checkNumber';
import {checkOneOf} from '../core/checks/checkOneOf';
import {checkClassCounts} from '../core/checks/checkTensors';
import {type Defaults, withDefaults} from '../core/options';
import {
  checkClassWeights,
  weighTargets,
  WEIGHT_REDUCTIONS,
  type WeightReduction,
} from './classWeights';
import {crossEntropy} from './crossEntropy';
import {marginsTaken} from './marginsTaken';
import {checkTargets, overTargets, targetWeights, type Targets} from './targets';

/** Options of {@link ldamLoss}. */
export interface LdamLossOptions {
  /** Margin ≥ 0 of the rarest class, in units of the logits before the scale. @defaultValue 0.5 */
  readonly maxMargin?: number | undefined;
  /**
   * Factor s > 0 of the logits. 30 is for logits that are cosines; with an ordinary linear
   * classifier take 1, as RoBal's adversarial baseline does. @defaultValue 30
   */
  readonly scale?: number | undefined;
  /**
   * Exponent g ≥ 0: the margin of a class with n examples is proportional to n^-g.
   * @defaultValue 0.25
   */
  readonly power?: number | undefined;
  /**
   * Weight of each class, such as {@link deferredReweighting} gives. By default all weigh the same.
   */
  readonly classWeights?: ArrayLike<number> | undefined;
  /** What weights do to the mean over a batch, see {@link WeightReduction}. @defaultValue 'weightedMean' */
  readonly reduction?: WeightReduction | undefined;
}

const DEFAULTS: Defaults<LdamLossOptions, 'classWeights'> = {
  maxMargin: 0.5,
  scale: 30,
  power: 0.25,
  classWeights: undefined,
  reduction: 'weightedMean',
};

/**
 * LDAM, cross-entropy of s (z - m_y e_y): the true class has to win by a margin m_y ∝ n_y^(-1/4),
 * which is largest for the rarest class.
 *
 * @param logits - `[batch, classes]` float32; cosines of a normalised linear layer, as of
 *   {@link cosineLogits}, or raw scores with `scale: 1`.
 * @param labels - `[batch]` int32 in `[0, classes)`, or weights `[batch, classes]`, with which the
 *   losses of the classes are weighted.
 * @param classCounts - Training examples of each class, n_i ≥ 1; length `classes`.
 * @param options - See {@link LdamLossOptions}.
 * @returns `[batch]` float32 in nats; the caller disposes it.
 * @throws {@link InvalidArgumentError} if shapes disagree, a label is out of range, a class is empty
 *   or an option is out of range.
 * @see Cao et al. 2019, Learning Imbalanced Datasets with Label-Distribution-Aware Margin Loss,
 *   Eq. (12), (13); defaults of its code.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {ldamLoss} from 'lt-robust';
 *
 * const logits = tf.tensor2d([[0.5, 0.2]]);
 * const labels = tf.tensor1d([1], 'int32');
 * ldamLoss(logits, labels, [16, 1], {scale: 1}).dataSync(); // => [1.171101]
 * ```
 */
export function ldamLoss(
  logits: tf.Tensor2D,
  labels: Targets,
  classCounts: ArrayLike<number>,
  options: LdamLossOptions = {},
): tf.Tensor1D {
  const where = 'ldamLoss';
  const settings = withDefaults(where, DEFAULTS, options);
  const {maxMargin, scale, power, classWeights, reduction} = settings;
  checkTargets(where, logits, labels);
  const numClasses = logits.shape[1];
  checkClassCounts(where, classCounts, numClasses);
  checkNumber(where, 'maxMargin', maxMargin, {min: 0});
  checkNumber(where, 'scale', scale, {above: 0, float32: true});
  checkNumber(where, 'power', power, {min: 0});
  checkOneOf(where, 'reduction', reduction, WEIGHT_REDUCTIONS);
  if (classWeights !== undefined) checkClassWeights(where, classWeights, numClasses);
  // n^-g / max n^-g = (n_min / n)^g.
  const rarest = Array.from(classCounts).reduce((least, n) => Math.min(least, n), Infinity);
  const margins = Array.from(classCounts, (n) => maxMargin * (rarest / n) ** power);
  return tf.tidy(() => {
    const losses = overTargets(logits, labels, (z, classes) =>
      crossEntropy(tf.mul(marginsTaken(z, classes, margins), scale), classes),
    );
    if (classWeights === undefined) return losses;
    const weights = weighTargets(targetWeights(labels, numClasses), classWeights, reduction);
    return tf.mul<tf.Tensor1D>(losses, tf.sum(weights, 1));
  });
}
