import * as tf from '@tensorflow/tfjs-core';

import type {UpdateRule} from '../core/updateRule';

/**
 * The plain update rule: one gradient of the loss, one step of the optimizer.
 *
 * @returns The loss before the step.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {gradientStep, sgd} from 'lt-robust';
 *
 * const w = tf.variable(tf.scalar(2));
 * const optimizer = sgd({learningRate: 0.5});
 * gradientStep({
 *   ...{epoch: 1, epochs: 1, step: 1, variables: [w], statistics: []},
 *   loss: () => tf.square(w),
 *   apply: (gradients) => optimizer.applyGradients(gradients),
 * }).dataSync(); // => [4]
 * w.dataSync(); // => [0]
 * ```
 */
export const gradientStep: UpdateRule = ({loss, variables, apply}) => {
  const {value, grads} = tf.variableGrads(loss, [...variables]);
  apply(grads);
  return value;
};
