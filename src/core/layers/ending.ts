import * as tf from '@tensorflow/tfjs-core';

import {describeValue} from '../describeValue';
import {InvalidArgumentError} from '../errors';

/** What a model ends in, and so what stands between its output and its logits. */
export type Ending = 'logits' | 'softmax' | 'sigmoid';

/**
 * Scores as one row of logits per example. `[batch, 1, 1, classes]`, as fully convolutional models
 * give, is reshaped. One sigmoid unit with the pre-activation s is a classifier of two classes with
 * the logits [0, s]: softmax of them is [1 - sigmoid(s), sigmoid(s)], exactly.
 *
 * @param scores - What the model gave, its final activation left out.
 * @param ending - The activation that was left out.
 * @param where - Name for error messages.
 * @returns `[batch, classes]`; `scores` itself where it has that form already.
 * @throws {@link InvalidArgumentError} if a model that ends in a sigmoid has several of them.
 */
export function rowsOf(scores: tf.Tensor, ending: Ending, where: string): tf.Tensor2D {
  const [batch = 0, ...rest] = scores.shape;
  const width = rest.at(-1) ?? 1;
  const isOneRow = rest.slice(0, -1).every((size) => size === 1);
  const isMatrix = scores.rank === 2;
  if (ending === 'sigmoid') {
    if (width !== 1 || !isOneRow) throw severalSigmoids(scores, where);
    const s = tf.reshape<tf.Rank.R2>(scores, [batch, 1]);
    return tf.concat2d([tf.zerosLike(s), s], 1);
  }
  // Any other shape is refused, and named, where the output of a model is checked.
  return isMatrix || !isOneRow || scores.rank < 2
    ? (scores as tf.Tensor2D)
    : tf.reshape<tf.Rank.R2>(scores, [batch, width]);
}

/** The error for a model whose sigmoids are answers to several questions. */
export function severalSigmoids(scores: tf.Tensor | string, where: string): InvalidArgumentError {
  return new InvalidArgumentError({
    where,
    argument: 'model',
    expected: 'give logits [batch, classes], one score per class',
    found: `several sigmoid units (${typeof scores === 'string' ? scores : describeValue(scores)})`,
    remedy:
      'Sigmoids are answers to separate yes-or-no questions, not classes of one question. For one ' +
      'of them, pass a function to its two logits [0, s]; where exactly one class is right, pass a ' +
      'function to the scores before the sigmoids.',
  });
}
