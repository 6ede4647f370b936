import type * as tf from '@tensorflow/tfjs-core';

import {checkLabelArray} from '../core/checks/checkLabelArray';
import {asTrainableClassifier, type TrainableModel} from '../core/classifier';
import type {Dataset} from '../core/dataset';
import {NonFiniteLossError} from '../core/errors';
import {breathe} from '../core/progress';
import {learningRateOf} from '../optimizers/learningRate';
import {checkedClassifier} from './checkedClassifier';
import {runEpoch, type Epochs} from './epoch';
import {openTraining, type OpenTraining} from './openTraining';
import {completeRecipe, makeOptimizer, type Recipe} from './recipe';
import {isBetter, runSettings, type RunOptions} from './runOptions';
import {isFiniteState} from './trainerState';
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
 * @param dataset - The training examples.
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
 * const pixels = new Float32Array([0, 0.2, 0.8, 1]);
 * const dataset = arrayDataset(pixels, [0, 0, 1, 1], {shape: [1, 1, 1], numClasses: 2});
 * const model = tf.sequential({
 *   layers: [tf.layers.flatten({inputShape: [1, 1, 1]}), tf.layers.dense({units: 2})],
 * });
 * const recipe = {method: naturalTraining(), epochs: 3, batchSize: 2};
 * const {history} = await train(model, dataset, recipe, {rng: createRng(7)});
 * history.length; // => 3
 * ```
 */
export async function train<I extends tf.Tensor>(
  model: TrainableModel<I>,
  dataset: Dataset<I>,
  recipe: Recipe<I>,
  run: RunOptions<I>,
): Promise<TrainingResult> {
  const complete = completeRecipe('train', recipe);
  const settings = runSettings(run);
  const {numClasses} = dataset;
  const parts = checkedClassifier(asTrainableClassifier(model, 'train'), numClasses, 'train');
  checkLabelArray('train', dataset.labels, numClasses);
  settings.signal?.throwIfAborted();
  const optimizer = makeOptimizer('train', complete);
  const takesSingles = parts.statistics.length === 0;
  const context = {model: parts, dataset, recipe: complete, settings, optimizer, takesSingles};
  try {
    const training = await openTraining(context);
    try {
      return await runEpochs(context, training);
    } finally {
      await training.close();
    }
  } finally {
    optimizer.dispose();
  }
}

async function runEpochs<I extends tf.Tensor>(
  context: Omit<Epochs<I>, 'onEpochsRead'>,
  training: OpenTraining,
): Promise<TrainingResult> {
  const {model, optimizer, recipe, settings} = context;
  const {method, epochs} = recipe;
  const {rng, phase, signal, evaluate, selectBy} = settings;
  let state: TrainingState = training.state ?? {
    ...{epoch: 0, step: 0, history: [], best: null},
    memory: method.memory?.initial ?? null,
    ...(await captureTraining(model, optimizer)),
  };
  let usesEpochs = false;
  const onEpochsRead = () => {
    usesEpochs = true;
  };

  while (state.epoch < epochs) {
    const epoch = state.epoch + 1;
    const memory = {current: state.memory};
    const end = await runEpoch({...context, onEpochsRead}, epoch, state.step, memory);
    const captured = await captureTraining(model, optimizer);
    const learningRate = learningRateOf(optimizer);
    if (!Number.isFinite(end.lastLoss) || !isFiniteState(captured.model)) {
      await restoreTraining(model, optimizer, state);
      throw new NonFiniteLossError({epoch, step: end.step, loss: end.lastLoss, learningRate});
    }
    await breathe(signal);
    const where = {epoch, epochs, phase, rng: rng.fork('evaluate').fork(epoch), signal};
    const metrics = (await evaluate?.(model.inference, where)) ?? {};
    const record: EpochRecord = {epoch, loss: end.loss, learningRate, metrics};
    state = {
      ...{epoch, step: end.step, ...captured, memory: memory.current},
      history: [...state.history, record],
      best: isBetter(selectBy, metrics, state.best?.metrics)
        ? {epoch, metrics, state: captured.model}
        : state.best,
    };
    await training.save(state, usesEpochs);
    await settings.onEpoch?.(record);
  }
  const {history, best, model: weights} = state;
  const last = {epoch: epochs, metrics: history.at(-1)?.metrics ?? {}, state: weights};
  return {history, best: best ?? last, last, notes: training.notes};
}
