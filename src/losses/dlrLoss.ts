import * as tf from '@tensorflow/tfjs-core';

import {bestOther, logitRatio} from './logitRatio';
import {checkTargets, overTargets, type Targets} from './targets';

/**
 * The difference of logits ratio, -(z_y - max_{c≠y} z_c) / (z_(1) - z_(3) + 1e-12), z_(1) and z_(3)
 * being the largest and the third largest logit: what APGD-DLR ascends. It depends neither on the
 * scale of the logits nor on a shift of them, so that large logits cannot make its gradient vanish.
 * It is negative where the model is right, positive where it is wrong, and never below -1.
 *
 * With 2 classes there is no third logit: then it is the negative margin, z_t - z_y, whose
 * direction is the same, and which has the units of the logits.
 *
 * @param logits - `[batch, classes]` float32 raw scores (not probabilities); at least 2 classes.
 * @param labels - `[batch]` int32 in `[0, classes)`, or weights `[batch, classes]`, with which the
 *   losses of the classes are weighted.
 * @returns `[batch]` float32, one value per example; the caller disposes it.
 * @throws {@link InvalidArgumentError} if shapes or dtypes disagree.
 * @see Croce & Hein 2020, Reliable Evaluation of Adversarial Robustness with an Ensemble of Diverse
 *   Parameter-free Attacks, Eq. (6).
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {dlrLoss} from 'lt-robust';
 *
 * const logits = tf.tensor2d([[3, 2, 5, 1]]);
 * dlrLoss(logits, tf.tensor1d([2], 'int32')).dataSync(); // => [-0.666667]
 * dlrLoss(logits, tf.tensor1d([3], 'int32')).dataSync(); // => [1.333333]
 * ```
 */
export function dlrLoss(logits: tf.Tensor2D, labels: Targets): tf.Tensor1D {
  checkTargets('dlrLoss', logits, labels);
  const spread = logits.shape[1] === 2 ? [] : [1, 0, -1];
  return tf.tidy(() =>
    overTargets(logits, labels, (z, classes) => logitRatio(z, classes, bestOther, spread)),
  );
}
