import type * as tf from '@tensorflow/tfjs-core';

import {checkFunction} from './checks/checkForm';
import type {Classifier} from './classifier';

/**
 * Makes a classifier that is told which examples it sees, for a model that needs more than `x` of
 * each: a second input, a mask, a mixture. Attacks that drop finished rows, and evaluations that go
 * batch by batch, tell it which examples the rows belong to.
 *
 * @param classify - `x`, `[batch, ...]`, and the identity of each of its rows (its index in the
 *   dataset, or in the batch that an attack was given) to logits `[batch, classes]`.
 * @returns A classifier. Called directly, it takes the rows of `x` as the examples 0, 1, 2, ...
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {byExample} from 'lt-robust';
 *
 * const offsets = tf.tensor2d([[0, 1], [2, 0]]); // one row per example
 * const model = byExample((x: tf.Tensor2D, exampleIds) =>
 *   tf.add(x, tf.gather(offsets, exampleIds)),
 * );
 * model(tf.zeros([2, 2])).dataSync(); // => [0, 1, 2, 0]
 * model.forExamples?.([1])(tf.zeros([1, 2])).dataSync(); // => [2, 0]
 * ```
 */
export function byExample<I extends tf.Tensor = tf.Tensor4D>(
  classify: (x: I, exampleIds: Int32Array) => tf.Tensor2D,
): Classifier<I> {
  checkFunction('byExample', 'classify', classify, 'Pass (x, exampleIds) => logits.');
  const classifier: Classifier<I> = (x) =>
    classify(
      x,
      Int32Array.from({length: x.shape[0]}, (_, i) => i),
    );
  classifier.forExamples = (exampleIds) => {
    const ids = Int32Array.from(exampleIds);
    return byExample((x, rows) => classify(x, pick(ids, rows)));
  };
  return classifier;
}

const pick = (ids: Int32Array, rows: Int32Array): Int32Array => rows.map((row) => ids[row] ?? -1);

/**
 * The classifier for some examples: `classifier` itself, unless it wants to know which they are.
 *
 * @param classifier - Any classifier.
 * @param exampleIds - The examples that it will be given, in order; without them, the first ones.
 */
export const forExamples = <I extends tf.Tensor>(
  classifier: Classifier<I>,
  exampleIds: ArrayLike<number> | undefined,
): Classifier<I> =>
  exampleIds === undefined || classifier.forExamples === undefined
    ? classifier
    : classifier.forExamples(exampleIds);
