import type * as tf from '@tensorflow/tfjs-core';

/**
 * How a loss becomes gradients, by variable name. `tf.variableGrads` is the plain one; a rule that
 * perturbs the weights first, or clips the gradients, combines with every training method. It runs
 * in a `tf.tidy` and leaves the variables as it found them.
 */
export type GradientRule = (
  loss: () => tf.Scalar,
  variables: tf.Variable[],
) => {value: tf.Scalar; grads: tf.NamedTensorMap};
