import * as tf from '@tensorflow/tfjs-core';

import {withGradient} from '../math/withGradient';
import {checkTargets, targetWeights, weightedSum, type Targets} from './targets';

/**
 * Cross-entropy of a softmax classifier, -log softmax(z)_y: the loss that PGD ascends and
 * adversarial training descends. Finite, with a finite gradient, for logits of any size; a logit of
 * -Infinity masks its class.
 *
 * @param logits - `[batch, classes]` float32 raw scores (not probabilities); at least 2 classes.
 * @param labels - `[batch]` int32 in `[0, classes)`, or weights `[batch, classes]`, for which it is
 *   -Σ_c t_c log softmax(z)_c; constants.
 * @returns `[batch]` float32 in nats, one value per example; the caller disposes it.
 * @throws {@link InvalidArgumentError} if shapes or dtypes disagree, or a label is out of range. On
 *   a GPU the labels are not read back: there, a label out of range gives NaN.
 * @see Madry et al. 2018, Towards Deep Learning Models Resistant to Adversarial Attacks, Sec. 2.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {crossEntropy} from 'lt-robust';
 *
 * const logits = tf.tensor2d([[0, 0], [2, 0]]);
 * crossEntropy(logits, tf.tensor1d([0, 1], 'int32')).dataSync(); // => [0.693147, 2.126928]
 * crossEntropy(logits, tf.tensor2d([[0.9, 0.1], [0.1, 0.9]])).dataSync(); // => [0.693147, 1.926928]
 * ```
 */
export function crossEntropy(logits: tf.Tensor2D, labels: Targets): tf.Tensor1D {
  checkTargets('crossEntropy', logits, labels);
  return tf.tidy(() => crossEntropyOf(logits, targetWeights(labels, logits.shape[1])));
}

/**
 * -Σ_c w_c log softmax(z)_c, its gradient written out: (Σ w) softmax(z) - w.
 *
 * @param logits - `[batch, classes]`.
 * @param weights - `[batch, classes]` float32, constants.
 * @internal
 */
export function crossEntropyOf(logits: tf.Tensor2D, weights: tf.Tensor2D): tf.Tensor1D {
  if (logits.shape[0] === 0) return tf.zeros([0]);
  return withGradient(
    [logits],
    () => {
      const logP = tf.logSoftmax(logits);
      return {value: tf.neg<tf.Tensor1D>(weightedSum(weights, logP)), keep: {logP, weights}};
    },
    (dy, {logP, weights: w}) => {
      // Scaled first, as in tfjs's own chain of gradients, so that every bit is the same.
      const scaled = tf.mul(tf.expandDims(dy, 1), w);
      return tf.sub(tf.mul(tf.exp(logP), tf.sum(scaled, 1, true)), scaled);
    },
  );
}
