import type * as tf from '@tensorflow/tfjs-core';

import type {Position} from './position';

/** What an {@link UpdateRule} gets for one step. */
export interface Update extends Position {
  /**
   * Computes the loss at the weights as they are, for `tf.variableGrads`. Each call makes its own
   * training passes, and so moves the running statistics.
   */
  readonly loss: () => tf.Scalar;
  /** The trainable variables. A rule may change them, and may differentiate to others as well. */
  readonly variables: readonly tf.Variable[];
  /** Batch norm's running statistics, for a rule whose extra passes must not move them. */
  readonly statistics: readonly tf.Variable[];
  /**
   * Runs the optimizer's step at the weights as they are, with gradients by variable name. A
   * variable without a gradient is left alone.
   */
  readonly apply: (gradients: tf.NamedTensorMap) => void;
}

/**
 * How a loss becomes a change of the weights; returns the loss to report. The plain rule takes one
 * gradient and one optimizer step. Others perturb the weights first (AWP), clip the gradients, or
 * take several steps with one batch. It runs in a `tf.tidy`, and nothing in it may read from the
 * device. If it throws, weights and statistics are restored.
 */
export type UpdateRule = (update: Update) => tf.Scalar;
