import type * as tf from '@tensorflow/tfjs-core';

import {checkFunction} from '../core/checks/checkForm';
import {plainOptions} from '../core/options';
import {at} from '../core/at';
import {asClassifier, type Classifier, type Model} from '../core/classifier';
import type {Average} from './averaging';
import {epochBatches, type Epochs} from './epoch';
import {recomputeStatistics} from './recomputeStatistics';
import type {Recipe} from './recipe';
import {captureModelState, restoreModelState, type ModelState} from './trainerState';

/**
 * The classifier that a recipe scores and attacks: its `head` applied to the model in inference
 * mode.
 *
 * @param model - The model that the recipe trained.
 * @param recipe - The recipe; only its `head` matters.
 * @returns A classifier that reads the model's current weights at each call.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {type Classifier, naturalTraining, scoredClassifier} from 'lt-robust';
 *
 * const model = (x: tf.Tensor2D) => tf.clone(x);
 * const recipe = {
 *   method: naturalTraining<tf.Tensor2D>(),
 *   head: (classifier: Classifier<tf.Tensor2D>) => (x: tf.Tensor2D) => tf.mul<tf.Tensor2D>(2, classifier(x)),
 * };
 * scoredClassifier(model, recipe)(tf.tensor2d([[1, 3]])).dataSync(); // => [2, 6]
 * ```
 */
export function scoredClassifier<I extends tf.Tensor = tf.Tensor4D>(
  model: Model<I>,
  recipe: Pick<Recipe<I>, 'head'>,
): Classifier<I> {
  const {head} = plainOptions('scoredClassifier', recipe, 'head');
  if (head !== undefined) checkFunction('scoredClassifier', 'head', head);
  const classifier = asClassifier<I>(model, 'scoredClassifier');
  return head?.(classifier) ?? classifier;
}

/**
 * Gives the model the averaged weights, and their statistics.
 *
 * @param context - The training.
 * @param average - What was averaged.
 * @param epoch - The last epoch that entered: it orders the batches for the statistics.
 */
export async function assignAverage<I extends tf.Tensor>(
  {model, dataset, recipe, settings, takesSingles}: Omit<Epochs<I>, 'onEpochsRead'>,
  average: Average,
  epoch: number,
): Promise<void> {
  average.assign();
  if (!average.recomputes) return;
  const rng = settings.rng.fork('statistics');
  const examples = dataset.labels.length;
  const batches = epochBatches(recipe, examples, rng, epoch, takesSingles);
  await recomputeStatistics(model, {
    batches: batches.length,
    signal: settings.signal,
    inputs: async (k, own) => {
      const indices = at(batches, k);
      const {x, labels, exampleIds = Int32Array.from(indices)} = await dataset.batch(indices);
      own([x, labels]);
      const augmented = await recipe.augment?.(x, rng.fork('augment').fork(epoch).fork(k));
      if (augmented !== undefined && augmented !== x) own(augmented);
      return {x: augmented ?? x, exampleIds};
    },
  });
}

/**
 * Runs `body` while the model has the weights that are scored after an epoch; then it has its raw
 * weights again, also when something throws.
 *
 * @param context - The training.
 * @param average - What is averaged, if anything.
 * @param epoch - The epoch that just ended.
 * @param raw - The model as the epoch left it.
 * @param body - Is given the scored weights.
 */
export async function withScoredWeights<I extends tf.Tensor, T>(
  context: Omit<Epochs<I>, 'onEpochsRead'>,
  average: Average | undefined,
  epoch: number,
  raw: ModelState,
  body: (scored: ModelState) => Promise<T>,
): Promise<T> {
  if (average?.hasStarted() !== true) return body(raw);
  const {model} = context;
  try {
    await assignAverage(context, average, epoch);
    return await body(await captureModelState(model));
  } finally {
    restoreModelState(model, raw);
  }
}
