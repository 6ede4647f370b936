import * as tf from '@tensorflow/tfjs-core';

import {checkLogits} from '../core/checks/checkTensors';

/**
 * Cross-entropy of a softmax classifier, -log softmax(z)_y: the loss that PGD ascends and
 * adversarial training descends. Finite, with a finite gradient, for logits of any size.
 *
 * The values of `labels` are not read back from the device: a label outside `[0, classes)` gives
 * loss 0.
 *
 * @param logits - `[batch, classes]` float32 raw scores (not probabilities); at least 2 classes.
 * @param labels - `[batch]` int32 in `[0, classes)`.
 * @returns `[batch]` float32 in nats, one value per example; the caller disposes it.
 * @throws {@link InvalidArgumentError} if shapes or dtypes disagree.
 * @see Madry et al. 2018, Towards Deep Learning Models Resistant to Adversarial Attacks, Sec. 2.
 * @example
 * ```ts
 * const logits = tf.tensor2d([[0, 0], [2, 0]]);
 * crossEntropy(logits, tf.tensor1d([0, 1], 'int32')).dataSync(); // => [0.693147, 2.126928]
 * ```
 */
export function crossEntropy(logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Tensor1D {
  checkLogits('crossEntropy', logits, labels);
  // A product with the one-hot label: wasm has no kernel for the backward pass of a gather.
  return tf.tidy(() => {
    const oneHot = tf.oneHot(labels, logits.shape[1]);
    return tf.neg(tf.sum<tf.Tensor1D>(tf.mul(oneHot, tf.logSoftmax(logits)), 1));
  });
}
