import type * as tf from '@tensorflow/tfjs-core';

import type {CheckpointValue} from '../core/checkpoint';
import type {TrainableClassifier} from '../core/classifier';
import type {Difference} from '../core/identity';
import {loadRun, refuseDifferences, saveRun, type RunPlace} from '../core/savedRun';
import type {AverageState} from './averaging';
import type {Probe} from './probe';
import {
  captureModelState,
  captureOptimizerState,
  restoreModelState,
  restoreOptimizerState,
  type ModelState,
  type OptimizerState,
} from './trainerState';
import type {EpochRecord, EpochSnapshot} from './trainingResult';
import type {TrainingFrame} from './trainingSchema';

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
}>;

/** What the length of a training has to do with its numbers. */
export type TrainingLength = Readonly<{
  /** Epochs in all. */
  epochs: number;
  /** Learning rate that the schedule gives at the first step of each epoch; empty without one. */
  rates: readonly number[];
  /** Whether the method looked at the number of epochs, as a weight that grows to the end does. */
  usesEpochs: boolean;
}>;

/** What is saved after an epoch. */
export type SavedTraining = Readonly<{
  state: TrainingState;
  length: TrainingLength;
  /** The method's answer to a few examples in this state. */
  probe: Probe;
}>;

/** Version of what is saved. */
export const TRAINING_KIND = 'training 3';

/** Reads model and optimizer. */
export async function captureTraining<I extends tf.Tensor>(
  model: TrainableClassifier<I>,
  optimizer: tf.Optimizer,
): Promise<Pick<TrainingState, 'model' | 'optimizer'>> {
  return {
    model: await captureModelState(model),
    optimizer: await captureOptimizerState(optimizer, model.variables),
  };
}

/** Puts model and optimizer back; the optimizer first, which may refuse what is not its own. */
export async function restoreTraining<I extends tf.Tensor>(
  model: TrainableClassifier<I>,
  optimizer: tf.Optimizer,
  state: Pick<TrainingState, 'model' | 'optimizer'>,
): Promise<void> {
  await restoreOptimizerState(optimizer, model.variables, state.optimizer);
  restoreModelState(model, state.model);
}

/** Saves a training. */
export const saveTraining = (place: RunPlace, saved: SavedTraining): Promise<void> =>
  saveRun(place, saved as unknown as CheckpointValue);

/**
 * The saved state of this training, if there is one. A training may be prolonged where its numbers so
 * far do not depend on its length.
 *
 * @param place - Where it is, and whose it is.
 * @param length - Of the training that is to go on.
 * @param frame - Its model and its method's memory, which what is saved must fit.
 * @throws {@link CheckpointMismatchError} if what is saved is of another training, or of one whose
 *   epochs so far would have been others with this length.
 * @throws {@link InvalidArgumentError} if it cannot be the state of this training.
 */
export async function loadTraining(
  place: RunPlace,
  length: Omit<TrainingLength, 'usesEpochs'>,
  frame: TrainingFrame,
): Promise<SavedTraining | undefined> {
  const saved = await loadRun(place, async () => {
    const {trainingSchema} = await import('./trainingSchema');
    return trainingSchema(frame);
  });
  if (saved !== undefined) refuseDifferences(place, lengthDifferences(saved, length));
  return saved;
}

function lengthDifferences(
  {state, length: saved}: SavedTraining,
  now: Omit<TrainingLength, 'usesEpochs'>,
): Difference[] {
  const isSameLength = now.epochs === saved.epochs;
  if (!isSameLength && (saved.usesEpochs || now.epochs < state.epoch)) {
    return [{field: 'epochs', saved: saved.epochs, now: now.epochs}];
  }
  const [was, is] = [saved.rates, now.rates].map((rates) =>
    isSameLength ? rates : rates.slice(0, state.epoch),
  );
  if (JSON.stringify(was) === JSON.stringify(is)) return [];
  return [{field: 'learning rate of each epoch', saved: was, now: is}];
}
