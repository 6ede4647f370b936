import type * as tf from '@tensorflow/tfjs-core';

import {alsoComputedOn} from '../core/computedOn';
import {isUnusableGradientError, NonFiniteLossError} from '../core/errors';
import {breathe} from '../core/progress';
import {learningRateOf} from '../optimizers/learningRate';
import {createAverage, type Average} from './averaging';
import {runEpoch, type Epochs} from './epoch';
import type {OpenTraining} from './openTraining';
import {completeStop} from './overfittingStop';
import {checkMetrics, isBetter} from './runOptions';
import {assignAverage, scoredClassifier, withScoredWeights} from './scored';
import {captureModelState, isFiniteState, restoreModelState, type ModelState} from './trainerState';
import {robustShare} from './robustShare';
import type {TrainingState} from './savedTraining';
import {captureTraining, restoreTraining} from './trainingCheckpoint';
import type {EpochRecord, TrainingResult} from './trainingResult';

const REGULARIZED =
  "The model's regularisers were added to the loss, as model.fit does; regularizers: false leaves " +
  'them out.';

/**
 * Runs the epochs that are left of a training, and gives the model the weights that are scored.
 *
 * @param context - The training.
 * @param training - Where it stands.
 * @returns What `train` returns.
 */
export async function runEpochs<I extends tf.Tensor>(
  context: Omit<Epochs<I>, 'onEpochsRead'>,
  training: OpenTraining,
): Promise<TrainingResult> {
  const {model, optimizer, recipe, settings} = context;
  const {method, epochs} = recipe;
  const average = createAverage(model, recipe.averaging);
  try {
    let state: TrainingState = training.state ?? {
      ...{epoch: 0, step: 0, history: [], best: null, average: null, robust: null},
      memory: method.memory?.initial ?? null,
      ...(await captureTraining(model, optimizer)),
    };
    const computers = alsoComputedOn(state.computedOn);
    state = {...state, computedOn: computers};
    average?.restore(state.average ?? null);
    const notes = model.penalty === undefined ? [] : [REGULARIZED];
    notes.push(...training.notes);
    let scored: ModelState | undefined;
    let usesEpochs = false;
    const watched = {
      ...context,
      afterStep: () => average?.afterStep(),
      onEpochsRead: () => {
        usesEpochs = true;
      },
    };
    while (state.epoch < epochs) {
      const next = await oneEpoch(watched, state, average);
      if ('stopped' in next) {
        notes.push(next.stopped);
        break;
      }
      ({state, scored} = next);
      await training.save(state, usesEpochs);
      await settings.onEpoch?.(next.record);
    }
    if (average?.hasStarted() === true) {
      if (scored === undefined) await assignAverage(context, average, state.epoch);
      else restoreModelState(model, scored);
      scored ??= await captureModelState(model);
    }
    const {history, best, epoch} = state;
    notes.push(...measuringNotes(history, settings.selectBy));
    const metrics = history.at(-1)?.metrics ?? {};
    const last = {epoch, metrics, state: scored ?? state.model};
    return {history, best: best ?? last, last, computedOn: computers, notes};
  } finally {
    average?.dispose();
  }
}

const UNUSABLE = {
  code: 'unusable-gradient',
  advice:
    'These epochs have no metrics. Measure with an attack that needs no gradient (squareAttack), or ' +
    'look for what hides it: auditGradients.',
};

// What kept epochs from being measured, once for all of them.
function measuringNotes(history: readonly EpochRecord[], selectBy: string | undefined): string[] {
  const warned = history.filter(({warnings = []}) => warnings.length > 0);
  const [first] = warned.flatMap(({warnings = []}) => warnings);
  if (first !== undefined) {
    const epochs = warned.map(({epoch}) => epoch).join(', ');
    return [`evaluate could not measure epoch ${epochs}: ${first.message} ${first.advice}`];
  }
  const isMeasured = history.some(({metrics}) => Object.keys(metrics).length > 0);
  return selectBy === undefined || isMeasured
    ? []
    : [`evaluate never returned "${selectBy}": best is the last epoch.`];
}

/** Where training stands after an epoch, or why it stopped and the epoch was undone. */
type EpochResult =
  | {
      readonly state: TrainingState;
      readonly scored: ModelState | undefined;
      readonly record: EpochRecord;
    }
  | {readonly stopped: string};

// One epoch and its evaluation.
async function oneEpoch<I extends tf.Tensor>(
  context: Epochs<I>,
  before: TrainingState,
  average: Average | undefined,
): Promise<EpochResult> {
  const {model, optimizer, recipe, settings} = context;
  const {evaluate, selectBy} = settings;
  const epoch = before.epoch + 1;
  const memory = {current: before.memory};
  const {step, loss, lastLoss} = await runEpoch(context, epoch, before.step, memory);
  const captured = await captureTraining(model, optimizer);
  const learningRate = learningRateOf(optimizer);
  if (!Number.isFinite(lastLoss) || !isFiniteState(captured.model)) {
    await restoreTraining(model, optimizer, before);
    throw new NonFiniteLossError({epoch, step, loss: lastLoss, learningRate});
  }
  const {robust, stopped} = await checkOverfitting(context, epoch, before);
  if (stopped !== undefined) {
    await restoreTraining(model, optimizer, before);
    average?.restore(before.average ?? null);
    return {stopped};
  }
  average?.afterEpoch(epoch);
  await breathe(settings.signal);
  const isScored = evaluate !== undefined || epoch === recipe.epochs;
  const measured = isScored
    ? await withScoredWeights(context, average, epoch, captured.model, (weights) =>
        evaluated(context, epoch, weights),
      )
    : undefined;
  const snapshot = measured?.snapshot;
  const metrics = snapshot?.metrics ?? {};
  const record: EpochRecord = {epoch, loss, learningRate, metrics, ...measured?.warned};
  const isBest = snapshot !== undefined && isBetter(selectBy, metrics, before.best?.metrics);
  const state = {
    ...{epoch, step, ...captured, memory: memory.current},
    history: [...before.history, record],
    best: isBest ? snapshot : before.best,
    average: (await average?.capture()) ?? null,
    ...{robust, computedOn: before.computedOn},
  };
  return {state, scored: snapshot?.state, record};
}

async function evaluated<I extends tf.Tensor>(
  {model, recipe, settings}: Epochs<I>,
  epoch: number,
  state: ModelState,
) {
  const {rng, phase, signal, evaluate} = settings;
  const stream = rng.fork('evaluate').fork(epoch);
  const where = {epoch, epochs: recipe.epochs, phase, rng: stream, signal};
  try {
    const metrics = checkMetrics(await evaluate?.(scoredClassifier(model, recipe), where));
    return {snapshot: {epoch, metrics, state}, warned: {}};
  } catch (error) {
    // A model that hides its gradients at this epoch can still be trained: it is not measured.
    if (!isUnusableGradientError(error)) throw error;
    const warned = {warnings: [{...UNUSABLE, message: error.message}]};
    return {snapshot: {epoch, metrics: {}, state}, warned};
  }
}

async function checkOverfitting<I extends tf.Tensor>(
  context: Epochs<I>,
  epoch: number,
  before: TrainingState,
): Promise<{robust: number | null; stopped?: string}> {
  const stop = completeStop('train', context.recipe.overfittingStop);
  if (stop === undefined) return {robust: null};
  const robust = await robustShare(context, stop, epoch);
  const was = before.robust ?? 0;
  if (was - robust <= stop.fall) return {robust};
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const stopped =
    `Training stopped: in epoch ${epoch} the accuracy on a training batch under the stop's attack fell ` +
    `from ${percent(was)} to ${percent(robust)}. The model is that of epoch ${epoch - 1}.`;
  return {robust, stopped};
}
