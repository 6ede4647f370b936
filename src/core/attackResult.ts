import * as tf from '@tensorflow/tfjs-core';

/** How often an attack ran the model on each example of a batch. Plain data. */
export interface AttackCost {
  /** Forward passes, those of `queries` and of clean predictions among them. */
  readonly forward: readonly number[];
  /** Backward passes to the input. */
  readonly backward: readonly number[];
  /** Forward passes of an attack that sees the model's output only. */
  readonly queries: readonly number[];
}

/** What an attack that decides found, for a batch. */
export interface AttackResult<I extends tf.Tensor = tf.Tensor4D> {
  /**
   * Shape of `x`: the perturbed input where the attack succeeded, the clean one elsewhere. The
   * caller disposes it.
   */
  readonly adversarial: I;
  /** Whether the model is wrong on it; so it is without any attack where the clean input is. */
  readonly success: readonly boolean[];
  /** Norm of each perturbation, in the units of `x`; 0 where the clean input came back. */
  readonly distances: readonly number[];
  /** What was spent on each example. */
  readonly cost: AttackCost;
}

/** The perturbed batch of whatever an attack returned. */
export const adversarialOf = <I extends tf.Tensor>(result: I | AttackResult<I>): I =>
  result instanceof tf.Tensor ? result : result.adversarial;
