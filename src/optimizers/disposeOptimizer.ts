import * as tf from '@tensorflow/tfjs-core';

/**
 * Disposes all of an optimizer. tfjs's momentum optimizer leaves the learning-rate tensor that it
 * inherits from the class that it extends.
 *
 * @param optimizer - Any optimizer.
 */
export function disposeOptimizer(optimizer: tf.Optimizer): void {
  optimizer.dispose();
  const rate: unknown = 'c' in optimizer ? optimizer.c : undefined;
  if (rate instanceof tf.Tensor && !rate.isDisposed) rate.dispose();
}
