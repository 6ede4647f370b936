import * as tf from '@tensorflow/tfjs-core';

import {oneHotRows} from './logitRatio';

/**
 * Logits, with the margin of the true class subtracted from its logit: z - m_y e_y.
 *
 * @param logits - `[batch, classes]`.
 * @param labels - `[batch]` int32.
 * @param margins - m, one for each class.
 * @internal
 */
export function marginsTaken(
  logits: tf.Tensor2D,
  labels: tf.Tensor1D,
  margins: readonly number[],
): tf.Tensor2D {
  const own = oneHotRows(labels, logits.shape[1]);
  return tf.sub(logits, tf.mul(own, tf.tensor1d([...margins])));
}
