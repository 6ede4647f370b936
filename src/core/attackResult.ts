import type * as tf from '@tensorflow/tfjs-core';

/** How often an attack ran the model on each example of a batch. Plain data. */
export interface AttackCost {
  /** Forward passes, those of `queries` and of clean predictions among them. */
  readonly forward: readonly number[];
  /** Backward passes to the input. */
  readonly backward: readonly number[];
  /** Forward passes of an attack that sees the model's output only. */
  readonly queries: readonly number[];
}

/** Where an attack that is made of several stood after one of them. */
export interface AttackComponent {
  /** The component, `'apgd-ce'` say. */
  readonly name: string;
  /** Whether the model is wrong on each example after this component and those before it. */
  readonly success: readonly boolean[];
  /** Passes that this component spent on the batch: examples times calls. */
  readonly cost: {
    /** Forward passes, queries among them. */
    readonly forward: number;
    /** Backward passes to the input. */
    readonly backward: number;
    /** Forward passes of attacks that see the model's output only. */
    readonly queries: number;
  };
}

/** Something about a model or an evaluation that makes its result doubtful. */
export interface AttackWarning {
  /** What it is, for programs. */
  readonly code: string;
  /** What was seen, with its figures. */
  readonly message: string;
  /** What to do about it. */
  readonly advice: string;
}

/** A count that is a warning once it is large enough, over all batches together. Plain data. */
export interface AttackTally {
  /** Code of the warning. */
  readonly code: string;
  /** What was counted. */
  readonly what: string;
  /** What to do about it. */
  readonly advice: string;
  /** Examples of which it is true. */
  readonly count: number;
  /** Examples that were looked at. */
  readonly total: number;
  /** It takes more than this fraction of them, */
  readonly share: number;
  /** and at least so many. */
  readonly atLeast: number;
  /** What was found out about those that were counted, as a phrase that ends in a second count. */
  readonly detail?: {readonly what: string; readonly count: number} | undefined;
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
  /** Its components in their order, for an attack that has some. */
  readonly components?: readonly AttackComponent[] | undefined;
  /** What makes the result doubtful. */
  readonly warnings?: readonly AttackWarning[] | undefined;
  /** What makes it doubtful where there is enough of it, to be added up over batches. */
  readonly tallies?: readonly AttackTally[] | undefined;
}

/** The perturbed batch of whatever an attack returned; what is neither form comes back as it is. */
export function adversarialOf<I extends tf.Tensor>(result: I | AttackResult<I>): I {
  const hasOne = typeof result === 'object' && (result as unknown) !== null;
  return hasOne && 'adversarial' in result ? result.adversarial : (result as I);
}
