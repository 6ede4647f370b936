import type * as tf from '@tensorflow/tfjs-core';

/** An optimizer that a schedule can steer. */
export type AdjustableOptimizer = tf.Optimizer & {setLearningRate(learningRate: number): void};

/** Whether a schedule can steer `optimizer`. */
export const isAdjustable = (optimizer: tf.Optimizer): optimizer is AdjustableOptimizer =>
  'setLearningRate' in optimizer && typeof optimizer.setLearningRate === 'function';

/** The current learning rate; NaN if the optimizer does not tell. */
export const learningRateOf = (optimizer: tf.Optimizer): number =>
  // tfjs's own optimizers have the field too, though not in their types.
  'learningRate' in optimizer && typeof optimizer.learningRate === 'number'
    ? optimizer.learningRate
    : NaN;
