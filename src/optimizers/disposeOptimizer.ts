import * as tf from '@tensorflow/tfjs-core';

/**
 * Disposes an optimizer whole: tfjs's momentum leaves the tensor of its learning rate, which it has
 * from the class that it extends.
 *
 * @param optimizer - Any optimizer.
 */
export function disposeOptimizer(optimizer: tf.Optimizer): void {
  optimizer.dispose();
  const rate: unknown = 'c' in optimizer ? optimizer.c : undefined;
  if (rate instanceof tf.Tensor && !rate.isDisposed) rate.dispose();
}
