import type * as tf from '@tensorflow/tfjs-core';

import type {CheckpointValue} from './checkpoint';
import type {TrainableClassifier} from './classifier';
import type {Batch} from './dataset';
import type {Own} from './memory';
import type {Pass} from './pass';
import type {Position} from './position';
import type {Rng} from './rng';
import type {UpdateRule} from './updateRule';

/**
 * The model in training mode, as a loss sees it: one training pass per input tensor, however often
 * it is asked for. `student(tf.clone(x))` makes a second pass over the same values. Each evaluation
 * of the loss starts anew.
 */
export type Student<I extends tf.Tensor = tf.Tensor4D> = (x: I) => Pass;

/** What a {@link TrainingMethod} gets for one step. */
export interface TrainingStep<
  I extends tf.Tensor = tf.Tensor4D,
  M extends CheckpointValue = CheckpointValue,
> extends Position {
  /**
   * The model in both modes. Its `inference` is what attacks see as a rule; `classifierInMode` gives
   * the others.
   */
  readonly model: TrainableClassifier<I>;
  /** The examples of the step; the method leaves both tensors as they are. */
  readonly batch: Batch<I>;
  /** Randomness of this step alone; absent where the caller wants none. Fork it, by name. */
  readonly rng?: Rng | undefined;
  /** What the method remembers from the steps before; `memory.initial` at the first one. */
  readonly memory: M;
  /** Marks tensors that the objective needs; they are disposed after the step. */
  readonly own: Own;
}

/** What one step minimises. */
export interface Objective<I extends tf.Tensor = tf.Tensor4D> {
  /** The inputs that the loss is taken at: for whatever is wrapped around the method. */
  readonly adversarial: I;
  /**
   * The scalar to descend, in nats. Runs on the gradient tape, more than once under some update
   * rules. What it takes as constant was prepared before.
   */
  readonly loss: (student: Student<I>) => tf.Scalar;
  /** How the loss changes the weights. @defaultValue one gradient, one optimizer step */
  readonly update?: UpdateRule | undefined;
  /**
   * What the method's memory is told of this step: small, since it is read from the device. Runs
   * after the update, off the tape; passes of the last evaluation of the loss are still there to be
   * asked for. @defaultValue none
   */
  readonly look?: ((student: Student<I>) => tf.Tensor) | undefined;
}

/** What a method remembers from step to step: plain data, saved with every checkpoint. */
export interface MethodMemory<M extends CheckpointValue = CheckpointValue> {
  /** What it starts with. */
  readonly initial: M;
  /**
   * The memory after a step. Pure: it returns a new value, and leaves `memory` as it is.
   *
   * @param memory - The memory before the step.
   * @param seen - Values of the tensor that the objective's `look` returned.
   * @param at - Which step it was.
   */
  next(memory: M, seen: ArrayLike<number>, at: Position): M;
  /**
   * Whether plain data from a checkpoint, of the form of `initial`, can be a memory of this method:
   * counts are whole, say. @defaultValue whatever has the form of `initial` can
   */
  readonly accepts?: ((memory: CheckpointValue) => boolean) | undefined;
}

/**
 * A training method as a value. It makes an objective for each step: what it prepares off the
 * gradient tape (an attack, a teacher's logits) and what it minimises on the tape come from one
 * function. Wrappers take a method and return one: `{...base, objective: async (step) => ...}`.
 */
export interface TrainingMethod<
  I extends tf.Tensor = tf.Tensor4D,
  M extends CheckpointValue = CheckpointValue,
> {
  /** Prepares a step. Runs off the tape; marks what it makes with `step.own`. */
  objective(step: TrainingStep<I, M>): Objective<I> | Promise<Objective<I>>;
  /** Set by a method that remembers something from step to step. */
  readonly memory?: MethodMemory<M> | undefined;
  /**
   * How many classes it knows, by its class counts: a model with another number of scores is refused
   * before the first step. @defaultValue any
   */
  readonly numClasses?: number | undefined;
}
