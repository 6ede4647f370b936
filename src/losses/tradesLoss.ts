import * as tf from '@tensorflow/tfjs-core';

import {checkNumber} from '../core/checks/checkNumber';
import {checkSameShape} from '../core/checks/checkTensors';
import {type Defaults, withDefaults} from '../core/options';
import {crossEntropy} from './crossEntropy';
import {klDivergence} from './klDivergence';
import {checkTargets, type Targets} from './targets';

/** Options of {@link tradesLoss}. */
export interface TradesLossOptions {
  /**
   * Weight β ≥ 0 of the divergence: a larger value buys robustness with clean accuracy. 6 is the
   * value of the TRADES training script; the function in its code has 1. @defaultValue 6
   */
  readonly beta?: number | undefined;
}

const DEFAULTS: Defaults<TradesLossOptions> = {beta: 6};

/**
 * TRADES, CE(f(x), y) + β KL(softmax f(x) ‖ softmax f(x')): be right on the clean input, and answer
 * the same on the adversarial one. The divergence is summed over the classes, as in the published
 * code. Gradients flow to both logits: the clean answer is no constant.
 *
 * It takes two passes of the model, `x` and `x'`. In `model.fit`, which makes one, stack the clean
 * and the adversarial inputs in one batch, take the logits apart and return the loss for both halves
 * (the example).
 *
 * @param cleanLogits - `[batch, classes]` float32, f(x).
 * @param adversarialLogits - `[batch, classes]` float32, f(x').
 * @param labels - `[batch]` int32 in `[0, classes)`, or weights `[batch, classes]`.
 * @param options - See {@link TradesLossOptions}.
 * @returns `[batch]` float32 in nats; the caller disposes it.
 * @throws {@link InvalidArgumentError} if shapes disagree, a label is out of range or β < 0.
 * @see Zhang et al. 2019, Theoretically Principled Trade-off between Robustness and Accuracy,
 *   Eq. (5).
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {type Loss, lossForCompile, tradesLoss} from 'lt-robust';
 *
 * const clean = tf.tensor2d([[2, 0, -1]]);
 * const adversarial = tf.tensor2d([[1, 0.5, -1]]);
 * const labels = tf.tensor1d([0], 'int32');
 * tradesLoss(clean, adversarial, labels).dataSync(); // => [1.200694]
 *
 * const halves: Loss = (logits, classes) => {
 *   const [cleanHalf, adversarialHalf] = tf.split<tf.Tensor2D>(logits, 2);
 *   const loss = tradesLoss(cleanHalf, adversarialHalf, tf.split<tf.Tensor1D>(classes, 2)[0]);
 *   return tf.concat([loss, loss]);
 * };
 * const compiled = lossForCompile(halves);
 * compiled(tf.tensor1d([0, 0]), tf.concat([clean, adversarial])).dataSync(); // => [1.200694, 1.200694]
 * ```
 */
export function tradesLoss(
  cleanLogits: tf.Tensor2D,
  adversarialLogits: tf.Tensor2D,
  labels: Targets,
  options: TradesLossOptions = {},
): tf.Tensor1D {
  const where = 'tradesLoss';
  const {beta} = withDefaults(where, DEFAULTS, options);
  checkTargets(where, cleanLogits, labels, 'cleanLogits');
  checkSameShape(where, 'adversarialLogits', adversarialLogits, cleanLogits);
  checkNumber(where, 'beta', beta, {min: 0});
  return tf.tidy(() => {
    const right = crossEntropy(cleanLogits, labels);
    if (beta === 0) return right;
    return tf.add(right, tf.mul(beta, klDivergence(cleanLogits, adversarialLogits)));
  });
}
