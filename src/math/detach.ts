import * as tf from '@tensorflow/tfjs-core';

/**
 * The same values, as a constant: no gradient flows back. tfjs has no stopGradient.
 *
 * @param x - Any tensor.
 * @returns Same shape; the caller disposes it.
 */
export function detach<T extends tf.Tensor>(x: T): T {
  // By the shape: x may be gone by the time of the gradient, and tfjs-node reads what it makes zeros like.
  const {shape, dtype} = x;
  const constant = tf.customGrad<T>(() => ({
    value: tf.clone(x),
    gradFunc: () => tf.zeros(shape, dtype),
  }));
  return constant(x);
}
