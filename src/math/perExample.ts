import * as tf from '@tensorflow/tfjs-core';

import type {PerExample} from '../core/threatModel';

/** All axes of `x` but the batch axis. */
export const exampleAxes = (x: tf.Tensor): number[] => x.shape.slice(1).map((_, i) => i + 1);

/**
 * A value per example, ready to broadcast against `x`: a scalar, or `[batch, 1, ...]`.
 *
 * @param value - One number, or one for each example.
 * @param x - `[batch, ...]`.
 */
export function broadcastPerExample(value: PerExample, x: tf.Tensor): tf.Tensor {
  if (typeof value === 'number') return tf.scalar(value);
  return tf.tensor(Float32Array.from(value), [x.shape[0], ...exampleAxes(x).map(() => 1)]);
}

/**
 * Sum of the squares of each example, `[batch, 1, ...]`; of images row by row: wasm adds up in one
 * float32, which 150 thousand pixels would put off by 3e-5.
 */
export function squaredNorms(x: tf.Tensor): tf.Tensor {
  const [first, ...others] = exampleAxes(x);
  const squares = tf.square(x);
  return tf.sum(others.length === 0 ? squares : tf.sum(squares, others, true), first, true);
}

/** Euclidean norm of each example, `[batch, 1, ...]`. */
export const l2Norms = (x: tf.Tensor): tf.Tensor => tf.sqrt(squaredNorms(x));
