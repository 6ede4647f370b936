import type * as tf from '@tensorflow/tfjs-core';

/** How often an attack ran the model on each example of a batch. Plain data. */
export interface AttackCost {
  /** Forward passes, including those of `queries` and of clean predictions. */
  readonly forward: readonly number[];
  /** Backward passes to the input. */
  readonly backward: readonly number[];
  /** Forward passes of an attack that sees the model's output only. */
  readonly queries: readonly number[];
}

/** The result of an attack of several components after one of them. */
export interface AttackComponent {
  /** The component, `'apgd-ce'` say. */
  readonly name: string;
  /** Whether the model is wrong on each example after this component and those before it. */
  readonly success: readonly boolean[];
  /** Passes that this component spent on the batch: examples times calls. */
  readonly cost: {
    /** Forward passes, including queries. */
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

/** A count that becomes a warning once it is large enough over all batches together. Plain data. */
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
  /** Fraction of the examples that were looked at; the count is a warning only above it. */
  readonly share: number;
  /** Smallest count that is a warning, whatever the fraction. */
  readonly atLeast: number;
  /** What was found out about those that were counted, as a phrase that ends in a second count. */
  readonly detail?: {readonly what: string; readonly count: number} | undefined;
}

/** The result of an attack with a verdict, for a batch. */
export interface AttackResult<I extends tf.Tensor = tf.Tensor4D> {
  /**
   * Shape of `x`: the perturbed input where the attack succeeded, the clean one elsewhere. The
   * caller disposes it.
   */
  readonly adversarial: I;
  /**
   * Whether the model is wrong on each example of `adversarial`; also true where it is wrong on the
   * clean input.
   */
  readonly success: readonly boolean[];
  /** Norm of each perturbation, in the units of `x`; 0 where the clean input came back. */
  readonly distances: readonly number[];
  /** What was spent on each example. */
  readonly cost: AttackCost;
  /** Its components in their order, for an attack that has some. */
  readonly components?: readonly AttackComponent[] | undefined;
  /** What makes the result doubtful. */
  readonly warnings?: readonly AttackWarning[] | undefined;
  /** Counts that become warnings once they are large enough; they are added up over batches. */
  readonly tallies?: readonly AttackTally[] | undefined;
}

/**
 * The perturbed batch in what an attack returned. A value of neither form is returned unchanged.
 */
export function adversarialOf<I extends tf.Tensor>(result: I | AttackResult<I>): I {
  const hasOne = typeof result === 'object' && (result as unknown) !== null;
  return hasOne && 'adversarial' in result ? result.adversarial : (result as I);
}
