import type * as tf from '@tensorflow/tfjs-core';

import type {Classifier} from './classifier';
import type {Batch} from './dataset';
import type {Rng} from './rng';

/** Where training stands when a {@link TrainingMethod} is asked for a step. */
export interface StepContext {
  /** Epoch, counted from 1. */
  readonly epoch: number;
  /** Epochs in all. */
  readonly epochs: number;
  /** Optimisation step, counted from 1 over the whole training. */
  readonly step: number;
  /** Randomness of this step alone; absent where the caller wants none. Fork it, by name. */
  readonly rng?: Rng | undefined;
}

/**
 * What a step prepares and what it minimises. The two are apart because tfjs has one tape: an
 * attack or a teacher's forward pass inside the loss would be recorded on it, and cost its memory
 * and time.
 */
export interface TrainingMethod<
  I extends tf.Tensor = tf.Tensor4D,
  P extends tf.NamedTensorMap = tf.NamedTensorMap,
> {
  /**
   * Makes what the loss takes as constant: adversarial inputs, a teacher's logits. Runs off the
   * tape, on the model in inference mode. The trainer disposes what it returns, so it must not
   * return the batch's own tensors.
   */
  prepare(model: Classifier<I>, batch: Batch<I>, context: StepContext): P | Promise<P>;
  /**
   * The scalar to descend, in nats. Runs on the tape, on the model in training mode: each call of
   * `model` moves its running statistics.
   */
  loss(model: Classifier<I>, batch: Batch<I>, prepared: P, context: StepContext): tf.Scalar;
}
