import type * as tf from '@tensorflow/tfjs-core';

import {checkSource, datasetFrom, type DatasetSource} from '../core/asDataset';
import {checkLabelArray} from '../core/checks/checkLabelArray';
import {asTrainableClassifier, type TrainableModel} from '../core/classifier';
import {NonFiniteLossError} from '../core/errors';
import {breathe} from '../core/progress';
import type {TrainingMethod} from '../core/trainingMethod';
import {learningRateOf} from '../optimizers/learningRate';
import {createAverage, type Average} from './averaging';
import {checkedClassifier} from './checkedClassifier';
import {runEpoch, type Epochs} from './epoch';
import {
  trainCall,
  type CurrentArguments,
  type FormerArguments,
  type FormerTrainOptions,
} from './formerTrain';
import {openTraining, type OpenTraining} from './openTraining';
import {checkOptimizer, completeRecipe, type Recipe} from './recipe';
import {isBetter, runSettings, type RunOptions} from './runOptions';
import {assignAverage, scoredClassifier, withScoredWeights} from './scored';
import {captureModelState, isFiniteState, restoreModelState, type ModelState} from './trainerState';
import {captureTraining, restoreTraining, type TrainingState} from './trainingCheckpoint';
import type {EpochRecord, TrainingResult} from './trainingResult';

/**
 * Trains a model: epochs of shuffled batches, a learning-rate schedule, evaluation, the best and
 * the last state. Streams of randomness are keyed by epoch and step, so that a training which goes
 * on from a checkpoint equals an uninterrupted one bit for bit, on the same backend. (Not so for
 * dropout of tf.layers, which draws without a seed; with tfjs's Adam to rounding only, for it computes
 * the powers of its betas anew.)
 *
 * @param model - A `tf.LayersModel`, or a {@link TrainableClassifier}; its variables change.
 * @param dataset - The training examples: a {@link Dataset}, or what `asDataset` of lt-robust/data takes.
 * @param recipe - What is computed; `method` is required. See {@link Recipe}.
 * @param run - How it is run; `rng` is required. See {@link RunOptions}.
 * @returns History, best and last state, as plain data.
 * @throws {@link InvalidArgumentError} if an option is out of range, or the model has fewer classes
 *   than the dataset.
 * @throws {@link CheckpointMismatchError} if the checkpoint is of another training: one with another
 *   method, optimizer, schedule, augmentation, seed, data or initial weights. A training may be
 *   prolonged where its epochs so far do not depend on its length; the result's notes say so.
 * @throws {@link NonFiniteLossError} if the loss or a weight stops being finite; the model is put
 *   back to the last epoch that was.
 * @throws the signal's reason if aborted; the model is then as the last complete step left it.
 * @example
 * ```ts
 * import {layers, sequential} from '@tensorflow/tfjs-layers';
 * import {createRng, naturalTraining, train} from 'lt-robust';
 * import {arrayDataset} from 'lt-robust/data';
 *
 * const pixels = new Float32Array([0, 0.2, 0.8, 1]);
 * const dataset = arrayDataset(pixels, [0, 0, 1, 1], {shape: [1, 1, 1], numClasses: 2});
 * const model = sequential({
 *   layers: [layers.flatten({inputShape: [1, 1, 1]}), layers.dense({units: 2})],
 * });
 * const recipe = {method: naturalTraining(), epochs: 3, batchSize: 2};
 * const {history} = await train(model, dataset, recipe, {rng: createRng(7)});
 * history.length; // => 3
 * ```
 */
export function train<I extends tf.Tensor>(
  model: TrainableModel<I>,
  dataset: DatasetSource<I>,
  recipe: Recipe<I>,
  run: RunOptions<I>,
): Promise<TrainingResult>;
/**
 * The form of 0.1.0, with the same numbers.
 *
 * @deprecated Since 0.2.0, for one version. Write
 *   `train(model, dataset, {method, epochs, ...}, {rng, evaluate, ...})`.
 * @param model - As above.
 * @param method - What a step prepares and minimises.
 * @param dataset - As above.
 * @param options - Recipe and run together; `optimizer` is an instance, which the caller keeps and
 *   disposes.
 */
export function train<I extends tf.Tensor>(
  model: TrainableModel<I>,
  method: TrainingMethod<I>,
  dataset: DatasetSource<I>,
  options: FormerTrainOptions<I>,
): Promise<TrainingResult>;
export async function train<I extends tf.Tensor>(
  model: TrainableModel<I>,
  ...args: CurrentArguments<I> | FormerArguments<I>
): Promise<TrainingResult> {
  const {source, recipe, run, keepsOptimizer} = trainCall(args);
  checkSource('train', 'dataset', source);
  const complete = completeRecipe('train', recipe);
  const settings = runSettings(run);
  const {bnVariance, regularizers} = complete;
  const given = asTrainableClassifier(model, 'train', bnVariance);
  settings.signal?.throwIfAborted();
  const dataset = await datasetFrom('train', source);
  const checked = checkedClassifier(given, dataset.numClasses, 'train');
  const parts = regularizers ? checked : {...checked, penalty: undefined};
  checkLabelArray('train', dataset.labels, dataset.numClasses);
  const optimizer = complete.optimizer();
  const takesSingles = parts.statistics.length === 0;
  const context = {model: parts, dataset, recipe: complete, settings, optimizer, takesSingles};
  try {
    checkOptimizer('train', optimizer, complete.schedule);
    const training = await openTraining(context);
    try {
      return await runEpochs(context, training);
    } finally {
      await training.close();
    }
  } finally {
    if (!keepsOptimizer) optimizer.dispose();
  }
}

const REGULARIZED =
  "The model's regularisers were added to the loss, as model.fit does; regularizers: false leaves " +
  'them out.';

// Runs the epochs that are left, and gives the model the weights that are scored.
async function runEpochs<I extends tf.Tensor>(
  context: Omit<Epochs<I>, 'onEpochsRead'>,
  training: OpenTraining,
): Promise<TrainingResult> {
  const {model, optimizer, recipe, settings} = context;
  const {method, epochs} = recipe;
  const average = createAverage(model, recipe.averaging);
  try {
    let state: TrainingState = training.state ?? {
      ...{epoch: 0, step: 0, history: [], best: null, average: null},
      memory: method.memory?.initial ?? null,
      ...(await captureTraining(model, optimizer)),
    };
    average?.restore(state.average ?? null);
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
      ({state, scored} = next);
      await training.save(state, usesEpochs);
      await settings.onEpoch?.(next.record);
    }
    if (average?.hasStarted() === true) {
      if (scored === undefined) await assignAverage(context, average, epochs);
      else restoreModelState(model, scored);
      scored ??= await captureModelState(model);
    }
    const {history, best} = state;
    const metrics = history.at(-1)?.metrics ?? {};
    const last = {epoch: epochs, metrics, state: scored ?? state.model};
    const notes = model.penalty === undefined ? training.notes : [REGULARIZED, ...training.notes];
    return {history, best: best ?? last, last, notes};
  } finally {
    average?.dispose();
  }
}

// One epoch, its evaluation, and where training then stands.
async function oneEpoch<I extends tf.Tensor>(
  context: Epochs<I>,
  before: TrainingState,
  average: Average | undefined,
): Promise<{state: TrainingState; scored: ModelState | undefined; record: EpochRecord}> {
  const {model, optimizer, recipe, settings} = context;
  const {epochs} = recipe;
  const {rng, phase, signal, evaluate, selectBy} = settings;
  const epoch = before.epoch + 1;
  const memory = {current: before.memory};
  const {step, loss, lastLoss} = await runEpoch(context, epoch, before.step, memory);
  const captured = await captureTraining(model, optimizer);
  const learningRate = learningRateOf(optimizer);
  if (!Number.isFinite(lastLoss) || !isFiniteState(captured.model)) {
    await restoreTraining(model, optimizer, before);
    throw new NonFiniteLossError({epoch, step, loss: lastLoss, learningRate});
  }
  average?.afterEpoch(epoch);
  await breathe(signal);
  const score = async (weights: ModelState) => {
    const where = {epoch, epochs, phase, rng: rng.fork('evaluate').fork(epoch), signal};
    const metrics = (await evaluate?.(scoredClassifier(model, recipe), where)) ?? {};
    return {epoch, metrics, state: weights};
  };
  const isScored = evaluate !== undefined || epoch === epochs;
  const snapshot = isScored
    ? await withScoredWeights(context, average, epoch, captured.model, score)
    : undefined;
  const metrics = snapshot?.metrics ?? {};
  const record: EpochRecord = {epoch, loss, learningRate, metrics};
  const isBest = snapshot !== undefined && isBetter(selectBy, metrics, before.best?.metrics);
  const state = {
    ...{epoch, step, ...captured, memory: memory.current},
    history: [...before.history, record],
    best: isBest ? snapshot : before.best,
    average: (await average?.capture()) ?? null,
  };
  return {state, scored: snapshot?.state, record};
}
