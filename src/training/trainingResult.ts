import type {AttackWarning} from '../core/attackResult';
import type {ModelState} from './trainerState';

/** Named figures of an evaluation: accuracies as fractions, losses in nats. */
export type Metrics = Readonly<Record<string, number>>;

/** One epoch of a training. */
export type EpochRecord = Readonly<{
  /** Epoch, counted from 1. */
  epoch: number;
  /** Mean training loss over the examples of the epoch, each before its update; in nats. */
  loss: number;
  /** Learning rate of the last step; NaN if the optimizer does not tell. */
  learningRate: number;
  /** What `evaluate` returned; empty where it returned nothing. */
  metrics: Metrics;
  /**
   * What kept it from being measured: `'unusable-gradient'` where the attacks of `evaluate` had no
   * gradient to follow. Absent where nothing did.
   */
  warnings?: readonly AttackWarning[];
}>;

/** A model as it was after an epoch. */
export type EpochSnapshot = Readonly<{
  /** Epoch, counted from 1. */
  epoch: number;
  /** What `evaluate` returned for it; empty where it returned nothing. */
  metrics: Metrics;
  /**
   * Weights and running statistics, averaged where the recipe averages:
   * `restoreModelState(model, state)` restores them.
   */
  state: ModelState;
}>;

/** What a training gives, as plain data: no tensors. */
export type TrainingResult = Readonly<{
  /** Every epoch, in order. */
  history: readonly EpochRecord[];
  /**
   * The epoch with the highest `selectBy` metric, the earliest of equals; the last one if nothing
   * was selected.
   */
  best: EpochSnapshot;
  /** The last epoch; the model itself is in this state. */
  last: EpochSnapshot;
  /**
   * What computed it, `['wasm, relaxed SIMD kernels']` say: more than one where a training was
   * resumed elsewhere, with other last digits.
   */
  computedOn: readonly string[];
  /**
   * What is out of the ordinary, in whole sentences: that a finished training was prolonged, for
   * instance.
   */
  notes: readonly string[];
}>;
