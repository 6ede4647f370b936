import * as tf from '@tensorflow/tfjs-core';

import {exampleAxes} from '../../math/perExample';
import {liesInMemory, takeRows} from '../../math/rows';

/**
 * The points of a batch, and the clean example in place of each that is not finite, or whose first
 * gradient was not: there is nothing that it may be moved to.
 *
 * @param points - `[batch, ...]`.
 * @param clean - Same shape.
 * @param sums - Of the first gradients by example, as far as they were read; see `gradientSums`.
 * @returns `points` itself if all of them are sound.
 */
export function soundRows<I extends tf.Tensor>(points: I, clean: I, sums: ArrayLike<number>): I {
  if (!liesInMemory() && sums.length === 0) {
    return tf.tidy(() => {
      const isFinite = tf.equal(tf.sum(tf.mul(points, 0), exampleAxes(points), true), 0);
      return tf.where(isFinite, points, clean);
    });
  }
  const batchSize = clean.shape[0] ?? 0;
  const values = liesInMemory() ? points.dataSync() : [];
  const size = values.length / batchSize;
  const isSound = (row: number) =>
    (sums.length === 0 || Number.isFinite(sums[row])) &&
    values.slice(row * size, (row + 1) * size).every(Number.isFinite);
  const from = Int32Array.from({length: batchSize}, (_, row) =>
    isSound(row) ? row : batchSize + row,
  );
  if (from.every((row) => row < batchSize)) return points;
  return tf.tidy(() => takeRows(tf.concat([points, clean]) as I, from));
}
