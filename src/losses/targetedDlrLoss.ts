import * as tf from '@tensorflow/tfjs-core';

import {checkLabels} from '../core/checks/checkTensors';
import {logitRatio, oneHotRows} from './logitRatio';
import {checkTargets} from './targets';

// Weights of the largest logits, in their order, in the denominator.
function spreadOf(numClasses: number): readonly number[] {
  if (numClasses === 2) return [];
  return numClasses === 3 ? [1, 0, -1] : [1, 0, -0.5, -0.5];
}

/**
 * The targeted difference of logits ratio, -(z_y - z_t) / (z_(1) - (z_(3) + z_(4)) / 2 + 1e-12),
 * z_(r) being the r-th largest logit: what the targeted APGD ascends, once for each class t near
 * the prediction. Like {@link dlrLoss} it depends neither on the scale nor on a shift of the logits.
 *
 * It needs 4 classes. With 3, the denominator is z_(1) - z_(3) + 1e-12; with 2, there is none: the
 * loss is z_t - z_y, in the units of the logits. (AutoAttack's own code fails there.)
 *
 * The values of `labels` and `targets` are not read back from the device.
 *
 * @param logits - `[batch, classes]` float32 raw scores (not probabilities); at least 2 classes.
 * @param labels - `[batch]` int32 in `[0, classes)`, the true classes y.
 * @param targets - `[batch]` int32 in `[0, classes)`, the classes t to reach.
 * @returns `[batch]` float32, one value per example; the caller disposes it.
 * @throws {@link InvalidArgumentError} if shapes or dtypes disagree.
 * @see Croce & Hein 2020, Reliable Evaluation of Adversarial Robustness with an Ensemble of Diverse
 *   Parameter-free Attacks, Eq. (7).
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {targetedDlrLoss} from 'lt-robust';
 *
 * const logits = tf.tensor2d([[3, 2, 5, 1]]);
 * const labels = tf.tensor1d([2], 'int32');
 * targetedDlrLoss(logits, labels, tf.tensor1d([0], 'int32')).dataSync(); // => [-0.571429]
 * ```
 */
export function targetedDlrLoss(
  logits: tf.Tensor2D,
  labels: tf.Tensor1D,
  targets: tf.Tensor1D,
): tf.Tensor1D {
  checkTargets('targetedDlrLoss', logits, labels);
  checkLabels('targetedDlrLoss', targets, logits.shape[0], 'targets');
  const numClasses = logits.shape[1];
  const opponent = () => oneHotRows(targets, numClasses);
  return tf.tidy(() => logitRatio(logits, labels, opponent, spreadOf(numClasses)));
}
