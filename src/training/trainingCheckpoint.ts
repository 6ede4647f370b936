import type * as tf from '@tensorflow/tfjs-core';

import type {CheckpointValue} from '../core/checkpoint';
import type {TrainableClassifier} from '../core/classifier';
import type {Difference} from '../core/identity';
import {loadRun, refuseDifferences, saveRun, type RunPlace} from '../core/savedRun';
import {
  captureModelState,
  captureOptimizerState,
  restoreModelState,
  restoreOptimizerState,
} from './trainerState';
import type {SavedTraining, TrainingLength, TrainingState} from './savedTraining';
import type {TrainingFrame} from './trainingSchema';

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

/** Restores model and optimizer; the optimizer first, since it may refuse what is not its own. */
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
 * @param place - Where it is, and which run it is.
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
