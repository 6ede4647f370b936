import * as tf from '@tensorflow/tfjs-core';

import {oneHotRows} from './logitRatio';

/** What {@link probabilitiesOf} gives, each `[batch, classes]`. */
export interface Probabilities {
  /** log softmax(z). */
  readonly logP: tf.Tensor2D;
  /** softmax(z). */
  readonly p: tf.Tensor2D;
  /**
   * 1 - softmax(z), exact to float32 also where it is small: for the likeliest class the sum of the
   * others.
   */
  readonly rest: tf.Tensor2D;
  /** One-hot of the likeliest class, the lowest index where several tie. */
  readonly top: tf.Tensor2D;
}

/**
 * Softmax, its logarithm and its complement. For use off the tape: argMax has no gradient.
 *
 * @param logits - `[batch, classes]`, at least one row.
 * @internal
 */
export function probabilitiesOf(logits: tf.Tensor2D): Probabilities {
  const logP = tf.logSoftmax(logits);
  const p = tf.exp(logP);
  const top = oneHotRows(tf.argMax(logits, 1), logits.shape[1]);
  const others = tf.sub<tf.Tensor2D>(1, top);
  const sumOfOthers = tf.sum(tf.mul(others, p), 1, true);
  const rest = tf.add<tf.Tensor2D>(tf.mul(top, sumOfOthers), tf.mul(others, tf.sub(1, p)));
  return {logP, p, rest, top};
}
