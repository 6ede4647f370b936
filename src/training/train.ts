import type * as tf from '@tensorflow/tfjs-core';

import {checkLabelArray} from '../core/checks/checkLabelArray';
import {
  asTrainableClassifier,
  type TrainableClassifier,
  type TrainableModel,
} from '../core/classifier';
import type {Dataset} from '../core/dataset';
import {InvalidArgumentError, NonFiniteLossError} from '../core/errors';
import {disposeAfter} from '../core/memory';
import {breathe} from '../core/progress';
import {shuffledBatches} from '../samplers/shuffledBatches';
import {isAdjustable, learningRateOf} from '../optimizers/learningRate';
import {checkedClassifier} from './checkedClassifier';
import {completeRecipe, makeOptimizer, type CompleteRecipe, type Recipe} from './recipe';
import {isBetter, runSettings, type RunOptions, type RunSettings} from './runOptions';
import {isFiniteState} from './trainerState';
import {
  captureTraining,
  loadTraining,
  restoreTraining,
  saveTraining,
  type TrainingIdentity,
  type TrainingState,
} from './trainingCheckpoint';
import type {EpochRecord, TrainingResult} from './trainingResult';
import {trainStep, type MemoryCell} from './trainStep';

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
 * @throws {@link InvalidArgumentError} if an option is out of range, a checkpoint is of another
 *   training, or the model has fewer classes than the dataset.
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
  const optimizer = makeOptimizer('train', complete);
  try {
    return await runEpochs(parts, dataset, optimizer, complete, settings);
  } finally {
    optimizer.dispose();
  }
}

async function runEpochs<I extends tf.Tensor>(
  model: TrainableClassifier<I>,
  dataset: Dataset<I>,
  optimizer: tf.Optimizer,
  recipe: CompleteRecipe<I>,
  settings: RunSettings<I>,
): Promise<TrainingResult> {
  const {method, epochs, batchSize, dropLast, schedule} = recipe;
  const {rng, phase, signal, checkpoints, checkpointKey} = settings;
  const examples = dataset.labels.length;
  const identity: TrainingIdentity = {
    ...{epochs, batchSize, examples, dropLast},
    rng: rng.state().slice(0, 2),
  };

  signal?.throwIfAborted();
  const saved =
    checkpoints === undefined
      ? undefined
      : await loadTraining(checkpoints, checkpointKey, identity);
  if (saved !== undefined) await restoreTraining(model, optimizer, saved);
  let state: TrainingState = saved ?? {
    ...{epoch: 0, step: 0, history: [], best: null},
    memory: method.memory?.initial ?? null,
    ...(await captureTraining(model, optimizer)),
  };

  const diverged = async (epoch: number, step: number, loss: number) => {
    const learningRate = learningRateOf(optimizer);
    await restoreTraining(model, optimizer, state);
    return new NonFiniteLossError({epoch, step, loss, learningRate});
  };

  while (state.epoch < epochs) {
    const epoch = state.epoch + 1;
    let {step} = state;
    const memory = {current: state.memory};
    let lossSum = 0;
    let seen = 0;
    let loss = NaN;
    const batches = batchesOf(epoch);
    for (const indices of batches) {
      await breathe(signal);
      step++;
      if (schedule !== undefined && isAdjustable(optimizer)) {
        const position = {epoch, epochs, step, stepsPerEpoch: batches.length};
        optimizer.setLearningRate(schedule(position));
      }
      loss = await stepOn(indices, epoch, step, memory);
      if (!Number.isFinite(loss)) throw await diverged(epoch, step, loss);
      lossSum += loss * indices.length;
      seen += indices.length;
      await settings.onProgress?.({
        ...{phase, done: step, total: epochs * batches.length, unit: 'step'},
        metrics: {epoch, loss, learningRate: learningRateOf(optimizer)},
      });
    }
    const captured = await captureTraining(model, optimizer);
    if (!isFiniteState(captured.model)) throw await diverged(epoch, step, loss);
    await breathe(signal);
    const context = {epoch, epochs, phase, rng: rng.fork('evaluate').fork(epoch), signal};
    const metrics = (await settings.evaluate?.(model.inference, context)) ?? {};
    const record: EpochRecord = {
      ...{epoch, loss: lossSum / seen, learningRate: learningRateOf(optimizer), metrics},
    };
    state = {
      ...{epoch, step, ...captured, memory: memory.current, history: [...state.history, record]},
      best: isBetter(settings.selectBy, metrics, state.best?.metrics)
        ? {epoch, metrics, state: captured.model}
        : state.best,
    };
    if (checkpoints !== undefined) {
      await saveTraining(checkpoints, checkpointKey, identity, state);
    }
    await settings.onEpoch?.(record);
  }
  const last = {epoch: epochs, metrics: state.history.at(-1)?.metrics ?? {}, state: state.model};
  return {history: state.history, best: state.best ?? last, last};

  function batchesOf(epoch: number): readonly ArrayLike<number>[] {
    const order = rng.fork('order').fork(epoch);
    const batches =
      recipe.batches?.(order, epoch) ??
      shuffledBatches(examples, batchSize, {rng: order, dropLast});
    if (batches.length === 0) {
      throw new InvalidArgumentError({
        where: 'train',
        argument: 'batches',
        expected: 'give a batch in every epoch',
        found: `none in epoch ${epoch}`,
        remedy: 'Return at least one list of indices.',
      });
    }
    // Batch norm on 1x1 maps has nothing to normalise a single example by.
    const isLonely = batches.length > 1 && batches.at(-1)?.length === 1 && batchSize > 1;
    return isLonely && model.statistics.length > 0 ? batches.slice(0, -1) : batches;
  }

  function stepOn(
    indices: ArrayLike<number>,
    epoch: number,
    step: number,
    memory: MemoryCell,
  ): Promise<number> {
    return disposeAfter(async (own) => {
      const {x, labels, exampleIds = Int32Array.from(indices)} = await dataset.batch(indices);
      own([x, labels]);
      const augmented = await recipe.augment?.(x, rng.fork('augment').fork(step));
      if (augmented !== undefined && augmented !== x) own(augmented);
      const batch = {x: augmented ?? x, labels, exampleIds};
      const context = {epoch, epochs, step, rng: rng.fork('step').fork(step), memory};
      const loss = own(await trainStep(model, method, batch, optimizer, context));
      return (await loss.data<'float32'>())[0] as number;
    });
  }
}
