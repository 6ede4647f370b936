import type {CheckpointValue} from '../core/checkpoint';
import type {AverageState} from './averaging';
import type {Probe} from './probe';
import type {ModelState, OptimizerState} from './trainerState';
import type {EpochRecord, EpochSnapshot} from './trainingResult';

/** Where a training stands after an epoch: all that it needs to go on. */
export type TrainingState = Readonly<{
  epoch: number;
  step: number;
  model: ModelState;
  optimizer: OptimizerState;
  history: readonly EpochRecord[];
  best: EpochSnapshot | null;
  /** What the method remembers; `null` for most. */
  memory: CheckpointValue;
  /** The average of the weights; absent where there is none. */
  average?: AverageState | null | undefined;
  /** Accuracy on a training batch under the attack of the recipe's stop; absent without one. */
  robust?: number | null | undefined;
  /** What computed it; absent before 0.2.0. */
  computedOn?: readonly string[] | undefined;
}>;

/** How the numbers of a training depend on its length. */
export type TrainingLength = Readonly<{
  /** Epochs in all. */
  epochs: number;
  /** Learning rate that the schedule gives at the first step of each epoch; empty without one. */
  rates: readonly number[];
  /**
   * Whether the method read the number of epochs, as one whose weight grows until the last epoch
   * does.
   */
  usesEpochs: boolean;
}>;

/** What is saved after an epoch. */
export type SavedTraining = Readonly<{
  state: TrainingState;
  length: TrainingLength;
  /** The method's answer to a few examples in this state. */
  probe: Probe;
}>;
