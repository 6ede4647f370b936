import * as tf from '@tensorflow/tfjs-core';

import {at} from '../core/at';
import {pickedRows} from '../kernels/wasm/rows';

// JavaScript can reach the memory of these backends' tensors: copying rows there takes a fraction
// of the time of tf.gather, which computes the place of every single value.
const IN_MEMORY = new Set(['cpu', 'wasm']);

/** Whether reading a tensor at once is no more than copying memory on the current backend. */
export const liesInMemory = (): boolean => IN_MEMORY.has(tf.getBackend());

/**
 * Some rows of a tensor.
 *
 * @param tensor - float32 or int32 `[rows, ...]`, one row or more.
 * @param from - The rows, in the order wanted; a row may occur more than once.
 * @returns `[from.length, ...]`; the caller disposes it.
 */
export function takeRows<T extends tf.Tensor>(tensor: T, from: Int32Array): T {
  if (!liesInMemory()) {
    return tf.tidy(() => tf.gather(tensor, tf.tensor1d(from, 'int32')));
  }
  const isFloat = tensor.dtype === 'float32';
  const picks = Array.from(from, (row) => [0, row] as const);
  const picked = isFloat ? pickedRows([tensor], picks) : undefined;
  if (picked !== undefined) return picked;
  const values = tensor.dataSync();
  const size = values.length / at(tensor.shape, 0);
  const taken = new (isFloat ? Float32Array : Int32Array)(from.length * size);
  from.forEach((row, i) => {
    taken.set(values.subarray(row * size, (row + 1) * size), i * size);
  });
  return tf.tensor(taken, [from.length, ...tensor.shape.slice(1)], tensor.dtype) as T;
}

/**
 * The rows of `chosen` where `isChosen`, those of `other` elsewhere: copied on wasm, elsewhere by
 * products with 0 and 1, which are exact for finite values.
 *
 * @param chosen - float32 `[rows, ...]`.
 * @param other - Same shape.
 * @param isChosen - `[rows]`.
 * @returns Same shape; the caller disposes it.
 */
export function blendRows<I extends tf.Tensor>(
  chosen: I,
  other: I,
  isChosen: readonly boolean[],
): I {
  if (isChosen.every(Boolean)) return tf.clone(chosen);
  if (!isChosen.some(Boolean)) return tf.clone(other);
  const picks = isChosen.map((is, row) => [Number(is), row] as const);
  const picked = pickedRows([other, chosen], picks);
  if (picked !== undefined) return picked;
  return tf.tidy(() => {
    const shape = [isChosen.length, ...new Array<number>(chosen.rank - 1).fill(1)];
    const mask = (value: boolean) =>
      tf.tensor(
        Float32Array.from(isChosen, (is) => Number(is === value)),
        shape,
      );
    return tf.add<I>(tf.mul(chosen, mask(true)), tf.mul(other, mask(false)));
  });
}
