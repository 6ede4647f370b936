import type * as tf from '@tensorflow/tfjs-core';

import {computedOn} from '../core/computedOn';
import {refuseDifferences, type RunPlace} from '../core/savedRun';
import {epochBatches, type Epochs} from './epoch';
import {probeDifferences, takeProbe, type Probe} from './probe';
import type {SavedTraining, TrainingState} from './savedTraining';
import {
  captureTraining,
  loadTraining,
  restoreTraining,
  saveTraining,
  TRAINING_KIND,
} from './trainingCheckpoint';
import {captureOptimizerState} from './trainerState';
import {initialWeights, recordLeft, trainingIdentity} from './trainingIdentity';

/** A training's place in a store of checkpoints. */
export interface OpenTraining {
  /** The saved state, to which model and optimizer were restored; `undefined` at the start. */
  readonly state: TrainingState | undefined;
  /** Notes for the training's result. */
  readonly notes: readonly string[];
  /** Saves the state after an epoch, which the model is in. */
  save(state: TrainingState, usesEpochs: boolean): Promise<void>;
  /** Must be called when the training ends, however it ends. */
  close(): Promise<void>;
}

const NOWHERE: OpenTraining = {
  state: undefined,
  notes: [],
  save: () => Promise.resolve(),
  close: () => Promise.resolve(),
};

/**
 * Opens the checkpoint of a training, if the run has a store, and goes on from it.
 *
 * @param context - The training.
 * @throws {@link CheckpointMismatchError} if it is of another training; model and optimizer are then
 *   as they were.
 */
export async function openTraining<I extends tf.Tensor>(
  context: Omit<Epochs<I>, 'onEpochsRead'>,
): Promise<OpenTraining> {
  const {model, dataset, recipe, settings, optimizer, takesSingles} = context;
  const {checkpoints: store, checkpointKey: key, rng, selectBy} = settings;
  if (store === undefined) return NOWHERE;
  const weights = await initialWeights(model);
  const identity = await trainingIdentity(recipe, dataset, optimizer, weights, rng, selectBy);
  const place: RunPlace = {where: 'train', store, key, kind: TRAINING_KIND, identity};
  const {epochs, schedule} = recipe;
  const examples = dataset.labels.length;
  const stepsPerEpoch =
    schedule === undefined ? 0 : epochBatches(recipe, examples, rng, 1, takesSingles).length;
  const rates = Array.from({length: schedule === undefined ? 0 : epochs}, (_, i) =>
    schedule?.({epoch: i + 1, epochs, step: i * stepsPerEpoch + 1, stepsPerEpoch}),
  ).map((rate) => rate ?? NaN);
  const probe = ({epoch, step, memory}: TrainingState): Promise<Probe> =>
    takeProbe(model, dataset, recipe, {epoch, epochs, step, memory}, rng.fork('probe'));

  const fresh = await captureOptimizerState(optimizer, model.variables);
  const averages = recipe.averaging !== 'none';
  const frame = {model, memory: recipe.method.memory, fresh, averages};
  const saved = await loadTraining(place, {epochs, rates}, frame);
  if (saved !== undefined) await goOn(saved);
  const usedBefore = saved?.length.usesEpochs ?? false;
  return {
    state: saved?.state,
    notes: saved === undefined ? [] : notesOf(saved, epochs),
    async save(state, usesEpochs) {
      const length = {epochs, rates, usesEpochs: usesEpochs || usedBefore};
      await saveTraining(place, {state, length, probe: await probe(state)});
    },
    close: () => recordLeft(model, weights),
  };

  // Model and optimizer are restored if the method turns out to be a different one.
  async function goOn({state, probe: before}: SavedTraining): Promise<void> {
    const start = await captureTraining(model, optimizer);
    await restoreTraining(model, optimizer, state);
    try {
      const differences = probeDifferences(before, await probe(state));
      if (differences.length === 0) return;
      // Dropout of tf.layers draws without a seed: a difference then proves nothing.
      const again = probeDifferences(before, await probe(state));
      if (JSON.stringify(again) !== JSON.stringify(differences)) return;
      refuseDifferences(place, differences);
    } catch (error) {
      await restoreTraining(model, optimizer, start);
      throw error;
    }
  }
}

/** Notes about a training that was resumed. */
function notesOf({state, length, probe}: SavedTraining, epochs: number): string[] {
  const prolonged =
    `A training of ${length.epochs} epochs was prolonged to ${epochs} after epoch ${state.epoch}; its ` +
    'epochs so far do not depend on the length.';
  const moved =
    `Epoch ${state.epoch} was computed on ${probe.backend}, what follows on ${computedOn()}: the last ` +
    'digits of an uninterrupted training would be others.';
  return [
    ...(length.epochs === epochs ? [] : [prolonged]),
    ...(probe.backend === computedOn() ? [] : [moved]),
  ];
}
