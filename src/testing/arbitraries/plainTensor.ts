import {checkGiven, hasParts} from '../../core/checks/checkGiven';
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
export function toTensor<I extends tf.Tensor = tf.Tensor4D>(plain: PlainTensor): I {
  checkPlainTensor('toTensor', 'plain', plain);
  return tf.tensor(plain.values, [...plain.shape], 'float32') as tf.Tensor as I;
}

/** Throws unless `value` is a plain tensor. */
export function checkPlainTensor(where: string, argument: string, value: unknown): void {
  const {values, shape} = (hasParts(value) ? value : {}) as Partial<PlainTensor>;
  const size = Array.isArray(shape)
    ? shape.reduce<number>((all, side) => all * Number(side), 1)
    : NaN;
  const isRight = (values as unknown) instanceof Float32Array && values?.length === size;
  const remedy = 'Pass what imageBatches gives.';
  checkGiven(
    where,
    argument,
    value,
    isRight,
    'be {values, shape}, a Float32Array and its shape',
    remedy,
  );
}

/** Number of values of one example. */
export const exampleSize = ([, ...rest]: readonly number[]): number =>
  rest.reduce((size, length) => size * length, 1);
