import * as tf from '@tensorflow/tfjs-core';

/** What was passed, in words for an error message: dtype and shape of a tensor, else its type. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (value instanceof tf.Tensor) {
    const {dtype, shape} = value as tf.Tensor;
    return `${dtype} [${shape.join(', ')}]`;
  }
  if (value instanceof Promise) return 'a promise';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
