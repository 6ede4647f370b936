import type * as tf from '@tensorflow/tfjs-core';

import {checkOptimizerForm} from '../core/checks/checkParts';
import {checkSource, datasetFrom, type DatasetSource} from '../core/asDataset';
import {checkLabelArray} from '../core/checks/checkLabelArray';
import {asTrainableClassifier, type TrainableModel} from '../core/classifier';
import {InvalidArgumentError} from '../core/errors';
import {isPlainObject} from '../core/options';
import type {TrainingMethod} from '../core/trainingMethod';
import {disposeOptimizer} from '../optimizers/disposeOptimizer';
import {checkedClassifier} from './checkedClassifier';
import {
  trainCall,
  type CurrentArguments,
  type FormerArguments,
  type FormerTrainOptions,
} from './formerTrain';
import {openTraining} from './openTraining';
import {checkOptimizer, completeRecipe, isRecipeEntry, type Recipe} from './recipe';
import {runEpochs} from './runEpochs';
import {isRunOption, runSettings, type RunOptions} from './runOptions';
import {checkVariables} from './trainStep';
import type {TrainingResult} from './trainingResult';

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
 * @throws {@link NonFiniteLossError} if the loss or a weight stops being finite; the model is
 *   restored to the last epoch at which both were finite.
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
  checkPlaces(recipe, run);
  const complete = completeRecipe('train', recipe);
  const settings = runSettings(run);
  const {bnVariance, regularizers} = complete;
  const given = asTrainableClassifier(model, 'train', bnVariance);
  checkVariables('train', given.variables);
  settings.signal?.throwIfAborted();
  const dataset = await datasetFrom('train', source);
  const checked = checkedClassifier(given, dataset.numClasses, 'train');
  const parts = regularizers ? checked : {...checked, penalty: undefined};
  checkLabelArray('train', dataset.labels, dataset.numClasses);
  const optimizer = complete.optimizer();
  checkOptimizerForm('train', optimizer);
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
    if (!keepsOptimizer) disposeOptimizer(optimizer);
  }
}

// Recipe and run are easily mixed up.
function checkPlaces(recipe: object, run: object): void {
  const refuse = (argument: string, expected: string, found: string) => {
    const remedy = 'Write train(model, dataset, {method, epochs}, {rng, evaluate}).';
    throw new InvalidArgumentError({where: 'train', argument, expected, found, remedy});
  };
  for (const name of isPlainObject(recipe) ? Object.keys(recipe) : []) {
    if (!isRunOption(name)) continue;
    refuse(name, 'stand in the run, the fourth argument', 'it in the recipe, the third');
  }
  for (const name of isPlainObject(run) ? Object.keys(run) : []) {
    if (!isRecipeEntry(name)) continue;
    refuse(name, 'stand in the recipe, the third argument', 'it in the run, the fourth');
  }
}
