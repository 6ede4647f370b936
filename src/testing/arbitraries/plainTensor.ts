import * as tf from '@tensorflow/tfjs-core';

/**
 * Numbers and their shape: what a tensor holds, as plain data. Arbitraries give these rather than
 * tensors, so that fast-check can print and shrink them, and nothing has to be disposed.
 */
export interface PlainTensor {
  /** The values, row-major. */
  readonly values: Float32Array;
  /** `[batch, ...]`. */
  readonly shape: readonly number[];
}

/**
 * A float32 tensor with the values of plain data.
 *
 * @param plain - Values and shape.
 * @returns `[batch, ...]` float32; the caller disposes it.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {toTensor} from 'lt-robust/testing';
 *
 * toTensor<tf.Tensor2D>({values: new Float32Array([0.5, 1]), shape: [1, 2]}); // => [[0.5, 1]]
 * ```
 */
export const toTensor = <I extends tf.Tensor = tf.Tensor4D>({values, shape}: PlainTensor): I =>
  tf.tensor(values, [...shape], 'float32') as tf.Tensor as I;

/** Number of values of one example. */
export const exampleSize = ([, ...rest]: readonly number[]): number =>
  rest.reduce((size, length) => size * length, 1);
