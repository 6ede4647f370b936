import * as tf from '@tensorflow/tfjs-core';

/**
 * The same values, as a constant: no gradient flows back. tfjs has no stopGradient.
 *
 * @param x - Any tensor.
 * @returns Same shape; the caller disposes it.
 */
export function detach<T extends tf.Tensor>(x: T): T {
  const constant = tf.customGrad<T>(() => ({
    value: tf.clone(x),
    gradFunc: () => tf.zerosLike(x),
  }));
  return constant(x);
}
