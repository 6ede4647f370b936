import * as tf from '@tensorflow/tfjs-core';

/**
 * z_j − z_y for each example.
 *
 * @param logits - `[batch, classes]`.
 * @param labels - `[batch]` classes y.
 * @param others - `[batch]` classes j.
 * @returns `[batch]`; the caller disposes it.
 */
export function logitDifference(
  logits: tf.Tensor2D,
  labels: tf.Tensor1D,
  others: tf.Tensor1D,
): tf.Tensor1D {
  const numClasses = logits.shape[1];
  return tf.tidy(() => {
    const signs = tf.sub(tf.oneHot(others, numClasses), tf.oneHot(labels, numClasses));
    return tf.sum(tf.mul(logits, tf.cast(signs, 'float32')), 1);
  });
}
