import type * as tf from '@tensorflow/tfjs-core';

/**
 * Logits `[batch, classes]` and int32 labels `[batch]` to one value per example, `[batch]`, in
 * nats. Attacks ascend its sum, trainers descend its mean: whoever calls it reduces.
 */
export type Loss = (logits: tf.Tensor2D, labels: tf.Tensor1D) => tf.Tensor1D;
