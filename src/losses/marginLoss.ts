import * as tf from '@tensorflow/tfjs-core';

import {checkNumber} from '../core/checks/checkNumber';
import {type Defaults, withDefaults} from '../core/options';
import {bestOther, logitRatio} from './logitRatio';
import {checkTargets, overTargets, type Targets} from './targets';

/** Options of {@link marginLoss}. */
export interface MarginLossOptions {
  /**
   * How far past the decision boundary, in logits, an attack goes on: κ ≥ 0. 50 is the value of
   * AT-BSL and RoBal; with 0, as in RobustLT, the gradient vanishes once an example is broken.
   * @defaultValue 50
   */
  readonly kappa?: number | undefined;
}

const DEFAULTS: Defaults<MarginLossOptions> = {kappa: 50};

/**
 * The margin loss of Carlini and Wagner, -max(m + κ, 0) with m = z_y - max_{c≠y} z_c: what the CW
 * form of PGD ascends. Unlike cross-entropy, its gradient does not fade for confident predictions.
 *
 * @param logits - `[batch, classes]` float32 raw scores; at least 2 classes.
 * @param labels - `[batch]` int32 in `[0, classes)`, or weights `[batch, classes]`, with which the
 *   margins of the classes are weighted.
 * @param options - See {@link MarginLossOptions}.
 * @returns `[batch]` float32 in units of the logits, at most 0; the caller disposes it.
 * @throws {@link InvalidArgumentError} if shapes disagree or κ is negative or beyond float32.
 * @see Carlini & Wagner 2017, Towards Evaluating the Robustness of Neural Networks, Sec. V.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {marginLoss} from 'lt-robust';
 *
 * const logits = tf.tensor2d([[3, 2, 5, 1]]);
 * const labels = tf.tensor1d([2], 'int32');
 * marginLoss(logits, labels).dataSync(); // => [-52]
 * marginLoss(logits, labels, {kappa: 0}).dataSync(); // => [-2]
 * ```
 */
export function marginLoss(
  logits: tf.Tensor2D,
  labels: Targets,
  options: MarginLossOptions = {},
): tf.Tensor1D {
  const {kappa} = withDefaults('marginLoss', DEFAULTS, options);
  checkTargets('marginLoss', logits, labels);
  checkNumber('marginLoss', 'kappa', kappa, {min: 0, float32: true});
  return tf.tidy(() =>
    overTargets(logits, labels, (z, classes) => {
      // With tf.max, each of several tied classes would get the whole gradient.
      const negativeMargin = logitRatio(z, classes, bestOther, []);
      return tf.neg(tf.maximum<tf.Tensor1D>(tf.sub(kappa, negativeMargin), 0));
    }),
  );
}
