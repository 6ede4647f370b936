import * as tf from '@tensorflow/tfjs-core';

import {checkNumber} from '../core/checks/checkNumber';
import {checkClassCounts, checkLogits} from '../core/checks/checkTensors';
import {type Defaults, withDefaults} from '../core/options';
import {classBias} from './classBias';
import {crossEntropy} from './crossEntropy';
import {checkTargets, type Targets} from './targets';

/** Options of {@link logitAdjustedLoss} and {@link adjustLogits}. */
export interface LogitAdjustmentOptions {
  /** Strength of the class prior, τ ≥ 0; 0 changes nothing. @defaultValue 1 */
  readonly tau?: number | undefined;
}

const DEFAULTS: Defaults<LogitAdjustmentOptions> = {tau: 1};

/**
 * Logit adjustment in training: cross-entropy of z + τ log π, π being the fractions of the classes.
 * It is the same function as {@link balancedSoftmax} with this τ, since a constant added to all
 * logits changes nothing. For training only: attacks and evaluation use the plain logits.
 *
 * @param logits - `[batch, classes]` float32 raw scores.
 * @param labels - `[batch]` int32 in `[0, classes)`, or weights `[batch, classes]`.
 * @param classCounts - Training examples of each class, n_i ≥ 1; length `classes`.
 * @param options - See {@link LogitAdjustmentOptions}.
 * @returns `[batch]` float32 in nats; the caller disposes it.
 * @throws {@link InvalidArgumentError} if shapes disagree, a label is out of range, a class is empty
 *   or τ is out of range.
 * @see Menon et al. 2021, Long-Tail Learning via Logit Adjustment, Eq. (10).
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {logitAdjustedLoss} from 'lt-robust';
 *
 * const logits = tf.tensor2d([[0, 0]]);
 * logitAdjustedLoss(logits, tf.tensor1d([1], 'int32'), [50, 1]).dataSync(); // => [3.931826]
 * ```
 */
export function logitAdjustedLoss(
  logits: tf.Tensor2D,
  labels: Targets,
  classCounts: ArrayLike<number>,
  options: LogitAdjustmentOptions = {},
): tf.Tensor1D {
  const where = 'logitAdjustedLoss';
  const {tau} = withDefaults(where, DEFAULTS, options);
  checkTargets(where, logits, labels);
  checkClassCounts(where, classCounts, logits.shape[1]);
  checkNumber(where, 'tau', tau, {min: 0});
  return tf.tidy(() => crossEntropy(tf.add(logits, classBias(where, classCounts, tau)), labels));
}

/**
 * Logit adjustment after training: z - τ log π, for a model that plain cross-entropy has trained.
 * It is part of the model: wrap the model in it, and score and attack the result.
 *
 * @param logits - `[batch, classes]` float32 raw scores.
 * @param classCounts - Training examples of each class, n_i ≥ 1; length `classes`.
 * @param options - See {@link LogitAdjustmentOptions}.
 * @returns `[batch, classes]` float32, up to a constant that all classes share: the logits of the
 *   largest class stay as they are. The caller disposes it.
 * @throws {@link InvalidArgumentError} if shapes disagree, a class is empty or τ is out of range.
 * @see Menon et al. 2021, Long-Tail Learning via Logit Adjustment, Eq. (9).
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {adjustLogits} from 'lt-robust';
 *
 * const model = (x: tf.Tensor2D) => adjustLogits(x, [50, 1]);
 * model(tf.tensor2d([[2, 0]])).dataSync(); // => [2, 3.912023]
 * ```
 */
export function adjustLogits(
  logits: tf.Tensor2D,
  classCounts: ArrayLike<number>,
  options: LogitAdjustmentOptions = {},
): tf.Tensor2D {
  const where = 'adjustLogits';
  const {tau} = withDefaults(where, DEFAULTS, options);
  checkLogits(where, logits);
  checkClassCounts(where, classCounts, logits.shape[1]);
  checkNumber(where, 'tau', tau, {min: 0});
  return tf.tidy(() => tf.sub(logits, classBias(where, classCounts, tau)));
}
