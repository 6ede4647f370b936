import * as tf from '@tensorflow/tfjs-core';

import {checkNumber} from '../core/checks/checkNumber';
import {checkLogits} from '../core/checks/checkTensors';
import {withDefaults} from '../core/options';

/** Options of {@link marginLoss}. */
export interface MarginLossOptions {
  /**
   * How far past the decision boundary, in logits, an attack goes on: κ ≥ 0. 50 is the value of
   * AT-BSL and RoBal; with 0, as in RobustLT, the gradient vanishes once an example is broken.
   * @defaultValue 50
   */
  readonly kappa?: number | undefined;
}

const DEFAULTS = {kappa: 50};

/**
 * The margin loss of Carlini and Wagner, -max(m + κ, 0) with m = z_y - max_{c≠y} z_c: what the CW
 * form of PGD ascends. Unlike cross-entropy, its gradient does not fade for confident predictions.
 *
 * @param logits - `[batch, classes]` float32 raw scores; at least 2 classes.
 * @param labels - `[batch]` int32 in `[0, classes)`.
 * @param options - See {@link MarginLossOptions}.
 * @returns `[batch]` float32 in units of the logits, at most 0; the caller disposes it.
 * @throws {@link InvalidArgumentError} if shapes disagree or κ < 0.
 * @see Carlini & Wagner 2017, Towards Evaluating the Robustness of Neural Networks, Sec. V.
 * @example
 * ```ts
 * const logits = tf.tensor2d([[3, 2, 5, 1]]);
 * const labels = tf.tensor1d([2], 'int32');
 * marginLoss(logits, labels).dataSync(); // => [-52]
 * marginLoss(logits, labels, {kappa: 0}).dataSync(); // => [-2]
 * ```
 */
export function marginLoss(
  logits: tf.Tensor2D,
  labels: tf.Tensor1D,
  options: MarginLossOptions = {},
): tf.Tensor1D {
  const {kappa} = withDefaults('marginLoss', DEFAULTS, options);
  checkLogits('marginLoss', logits, labels);
  checkNumber('marginLoss', 'kappa', kappa, {min: 0});
  return tf.tidy(() => {
    const own = tf.oneHot(labels, logits.shape[1]);
    // m = z_y - z_best, each taken out by its one-hot: exact, and only these two get a gradient.
    const signs = tf.sub(own, bestWrongClass(logits, own));
    const margin = tf.sum(tf.mul(signs, logits), 1);
    return tf.neg(tf.maximum<tf.Tensor1D>(tf.add(margin, kappa), 0));
  });
}

// One-hot of the best wrong class, the lowest index where several tie. (Through tf.max every tied
// class would get the whole gradient.) Which class it is has no gradient, and tfjs has none for
// argMax: customGrad takes it off the tape.
function bestWrongClass(logits: tf.Tensor2D, own: tf.Tensor): tf.Tensor {
  const select = tf.customGrad(() => ({
    value: tf.oneHot(
      tf.argMax(tf.where(tf.cast(own, 'bool'), -Infinity, logits), 1),
      logits.shape[1],
    ),
    gradFunc: () => tf.zerosLike(logits),
  }));
  return select(logits);
}
