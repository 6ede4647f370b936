import * as tf from '@tensorflow/tfjs-core';

import {checkNumber} from '../core/checks/checkNumber';
import {checkOneOf} from '../core/checks/checkOneOf';
import {type Defaults, withDefaults} from '../core/options';
import {checkTargets, targetWeights, weightedSum, type Targets} from './targets';

const ABSENT = ['zero', 'skip'] as const;

/** Options of {@link harlLoss}. */
export interface HarlLossOptions {
  /** Weight a ≥ 0 of the mean of the class losses. @defaultValue 0.1 */
  readonly meanWeight?: number | undefined;
  /** Weight b ≥ 0 of their variance. @defaultValue 0.1 */
  readonly varianceWeight?: number | undefined;
  /** Weight c ≥ 0 of the sum of the squares of their shares. @defaultValue 0.1 */
  readonly shareWeight?: number | undefined;
  /**
   * A class without an example in the batch: `'zero'` counts it with a loss of 0, as the code does;
   * `'skip'` leaves it out. @defaultValue 'zero'
   */
  readonly absent?: (typeof ABSENT)[number] | undefined;
}

/** @internal */
export const HARL_DEFAULTS: Defaults<HarlLossOptions> = {
  meanWeight: 0.1,
  varianceWeight: 0.1,
  shareWeight: 0.1,
  absent: 'zero',
};

// From its code: added to counts and sums.
const GUARD = 1e-10;

/**
 * HARL, the hierarchical loss of TAET: a μ + b (1/C) Σ_c (ℓ_c - μ)² + c Σ_c (ℓ_c / Σℓ)², ℓ_c being the
 * mean cross-entropy of the examples of class c in the batch and μ the mean of these: all classes
 * count the same, and their losses are kept close to each other.
 *
 * It couples the examples of a batch: each of them gives the loss of the whole batch, so that the
 * mean over the batch is the published loss.
 *
 * @param logits - `[batch, classes]` float32, at the adversarial input.
 * @param labels - `[batch]` int32 in `[0, classes)`, or weights `[batch, classes]`.
 * @param options - See {@link HarlLossOptions}.
 * @returns `[batch]` float32, one value repeated; the caller disposes it.
 * @throws {@link InvalidArgumentError} if shapes disagree, or a label or an option is out of range.
 * @see Wang et al. 2025, TAET: Two-Stage Adversarial Equalization Training on Long-Tailed
 *   Distributions, Sec. 3.3, and its code.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {harlLoss} from 'lt-robust';
 *
 * const logits = tf.tensor2d([[0, 0], [1, 0]]);
 * const labels = tf.tensor1d([0, 1], 'int32');
 * harlLoss(logits, labels).dataSync(); // => [0.16471, 0.16471]
 * ```
 */
export function harlLoss(
  logits: tf.Tensor2D,
  labels: Targets,
  options: HarlLossOptions = {},
): tf.Tensor1D {
  const where = 'harlLoss';
  const settings = withDefaults(where, HARL_DEFAULTS, options);
  const {meanWeight, varianceWeight, shareWeight, absent} = settings;
  checkTargets(where, logits, labels);
  checkHarlOptions(where, settings);
  const [batchSize, numClasses] = logits.shape;
  if (batchSize === 0) return tf.zeros([0]);
  return tf.tidy(() => {
    const targets = targetWeights(labels, numClasses);
    const counts = tf.sum(targets, 0);
    const losses = tf.neg(weightedColumns(targets, tf.logSoftmax(logits)));
    const ofClass = tf.div(losses, tf.add(counts, GUARD));
    // Which classes take part, and how many.
    const present = absent === 'zero' ? tf.onesLike(counts) : tf.sign(counts);
    const count = tf.sum(present);
    const mean = tf.div(tf.sum(ofClass), count);
    const gaps = tf.mul(present, tf.sub(ofClass, mean));
    const variance = tf.div(tf.sum(tf.square(gaps)), count);
    const shares = tf.div(ofClass, tf.add(tf.sum(ofClass), GUARD));
    const loss = tf.addN([
      tf.mul(meanWeight, mean),
      tf.mul(varianceWeight, variance),
      tf.mul(shareWeight, tf.sum(tf.square(shares))),
    ]);
    return tf.add<tf.Tensor1D>(tf.zeros([batchSize]), loss);
  });
}

// Σ_i w_ic v_ic of each class, where a weight of 0 removes even an infinite value.
const weightedColumns = (weights: tf.Tensor2D, values: tf.Tensor2D): tf.Tensor1D =>
  weightedSum(tf.transpose(weights), tf.transpose(values));

/**
 * Throws unless every option of the loss is in range.
 *
 * @internal
 */
export function checkHarlOptions(where: string, options: typeof HARL_DEFAULTS): void {
  checkNumber(where, 'meanWeight', options.meanWeight, {min: 0});
  checkNumber(where, 'varianceWeight', options.varianceWeight, {min: 0});
  checkNumber(where, 'shareWeight', options.shareWeight, {min: 0});
  checkOneOf(where, 'absent', options.absent, ABSENT);
}
