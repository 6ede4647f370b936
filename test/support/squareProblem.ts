import * as tf from '@tensorflow/tfjs-core';

import type {Problem} from '../../src/attacks/search/problem';
import {createRng} from '../../src/core/rng';

/** Two classes; the first wins while the weighted sum of all pixels is below `threshold`. */
export const sumModel =
  (threshold: number, weights?: ArrayLike<number>) =>
  (x: tf.Tensor4D): tf.Tensor2D => {
    const flat = tf.reshape(x, [x.shape[0], -1]);
    const size = flat.shape[1] as number;
    const column = tf.tensor2d(Float32Array.from(weights ?? new Array<number>(size).fill(1)), [
      size,
      1,
    ]);
    const sum = tf.matMul(flat, column);
    return tf.concat([tf.sub(threshold, sum), tf.sub(sum, threshold)], 1) as tf.Tensor2D;
  };

/** A problem for the search itself: all labels 0, grey images unless others are given. */
export function squareProblem(
  x: tf.Tensor4D,
  parts: Partial<Problem<tf.Tensor4D>> = {},
): Problem<tf.Tensor4D> {
  const batch = x.shape[0];
  return {
    where: 'test',
    model: sumModel(1e6),
    x,
    labels: new Int32Array(batch),
    logits: new Float32Array(2 * batch),
    numClasses: 2,
    threat: {norm: 'linf', epsilon: 0.25, clip: [0, 1]},
    levels: undefined,
    ids: Int32Array.from({length: batch}, (_, i) => i),
    rng: createRng(1),
    earlyStop: true,
    pause: () => Promise.resolve(),
    ...parts,
  };
}
