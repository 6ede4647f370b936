import type * as tf from '@tensorflow/tfjs-core';

import type {AttackResult} from './attackResult';
import type {Classifier} from './classifier';
import type {AttackLoss} from './loss';
import type {Position} from './position';
import type {Rng} from './rng';

/** What the caller of an {@link Attack} hands it beside the batch. */
export interface AttackContext {
  /** Randomness for this call; absent where the caller wants none. */
  readonly rng?: Rng | undefined;
  /**
   * An identity for each example of the batch (its index in the dataset, say). Noise is keyed by
   * it, so that it depends neither on the batch size nor on the neighbours.
   */
  readonly exampleIds?: ArrayLike<number> | undefined;
  /** Aborts the call: it then throws, or rejects with, `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
  /**
   * What the caller wants ascended, one value per example: a training method's inner loss. Attacks
   * that ascend a loss take it; those that search for a decision boundary ignore it.
   */
  readonly loss?: AttackLoss | undefined;
  /**
   * Where training stands, for an attack that changes with it (a budget that warms up). The attacks
   * of this package ignore it.
   */
  readonly position?: Position | undefined;
}

/**
 * Maps a batch to its perturbed version, of the same shape, which the caller disposes. Every attack
 * of this package without a verdict has this form. A closure binds its options:
 * `(model, x, labels, context) => pgdAttack(model, x, labels, {...context, steps: 20})`.
 */
export type Attack<I extends tf.Tensor = tf.Tensor4D> = (
  model: Classifier<I>,
  x: I,
  labels: tf.Tensor1D,
  context?: AttackContext,
) => I | Promise<I>;

/**
 * An {@link Attack}, or one that also says what it decided and what it cost: what an evaluation
 * takes.
 */
export type EvaluationAttack<I extends tf.Tensor = tf.Tensor4D> = (
  model: Classifier<I>,
  x: I,
  labels: tf.Tensor1D,
  context?: AttackContext,
) => I | AttackResult<I> | Promise<I | AttackResult<I>>;
