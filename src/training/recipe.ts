import type * as tf from '@tensorflow/tfjs-core';

import {checkFunction} from '../core/checks/checkForm';
import {checkMethod} from '../core/checks/checkParts';
import {checkNumber} from '../core/checks/checkNumber';
import {checkOneOf} from '../core/checks/checkOneOf';
import {InvalidArgumentError} from '../core/errors';
import {withDefaults, type Defaults} from '../core/options';
import type {Classifier} from '../core/classifier';
import type {Rng} from '../core/rng';
import type {TrainingMethod} from '../core/trainingMethod';
import {isAdjustable} from '../optimizers/learningRate';
import type {Schedule} from '../optimizers/schedules';
import {sgd} from '../optimizers/sgd';
import {checkAveraging, type Averaging} from './averaging';
import {completeStop, type OverfittingStop} from './overfittingStop';

/**
 * What a training computes: with the model, the data and the seed it decides every number. A value,
 * so that recipes can be kept, compared and varied: `{...recipe, epochs: 10}`.
 */
export interface Recipe<I extends tf.Tensor = tf.Tensor4D> {
  /** What a step prepares and minimises: `pgdTraining()`, `atBslTraining(...)`, ... */
  readonly method: TrainingMethod<I>;
  /** Passes over the dataset. @defaultValue 100 */
  readonly epochs?: number | undefined;
  /** Examples of a step. @defaultValue 128 */
  readonly batchSize?: number | undefined;
  /**
   * Leave out the last batch of an epoch if it is smaller. A last batch of one example is left out
   * in any case if the model has batch norm. @defaultValue false
   */
  readonly dropLast?: boolean | undefined;
  /**
   * Makes what applies the gradients, `() => sgd({learningRate: 0.1})` for instance. `train` calls
   * it once and disposes what it returned.
   * @defaultValue sgd with learning rate 0.1, momentum 0.9, weight decay 5e-4
   */
  readonly optimizer?: (() => tf.Optimizer) | undefined;
  /** Learning rate of each step; needs an optimizer with `setLearningRate`. @defaultValue constant */
  readonly schedule?: Schedule | undefined;
  /**
   * Index batches of an epoch, instead of shuffled passes over all examples.
   * @defaultValue shuffledBatches with batchSize and dropLast
   */
  readonly batches?: ((rng: Rng, epoch: number) => readonly ArrayLike<number>[]) | undefined;
  /** Changes a batch before the step; what it returns is disposed after it. @defaultValue none */
  readonly augment?: ((x: I, rng: Rng) => I | Promise<I>) | undefined;
  /**
   * Which variance of a batch enters batch norm's running variance: over its m values, as tf.layers
   * has it, or over m − 1 (`'unbiased'`), as PyTorch has it. With it, several steps agree with
   * PyTorch. @defaultValue 'biased'
   */
  readonly bnVariance?: 'biased' | 'unbiased' | undefined;
  /**
   * Add the kernel regularisers of a `tf.LayersModel` to the loss, as `model.fit` does.
   * @defaultValue true
   */
  readonly regularizers?: boolean | undefined;
  /**
   * Which weights are scored: the current ones, or an average over the training. `{ema: 0.999}` is
   * an exponential moving average over the steps, `{swaFrom: 75}` the plain mean of the weights at
   * the ends of epochs from that one on. `evaluate` sees the averaged weights, `best` and `last`
   * hold them, and so does the model when the training ends; meanwhile the raw weights go on
   * training. Where batch norm's statistics are recomputed, as they are for `swaFrom`, each epoch
   * that is evaluated costs a training pass over the data. @defaultValue 'none'
   */
  readonly averaging?: Averaging | undefined;
  /**
   * Makes the classifier that is scored and attacked from the model in inference mode, where these
   * differ: RoBal's `(model) => adjustedClassifier(model, classCounts, {scale: 10, tau: 0.1})`.
   * `evaluate` is given it, and `scoredClassifier` gives it after the training. @defaultValue none:
   * the model itself
   */
  readonly head?: ((model: Classifier<I>) => Classifier<I>) | undefined;
  /**
   * Stops where the training overfits to a weak attack of its own, as {@link fastAt} can: after
   * every epoch one training batch is attacked by PGD, and an epoch in which the accuracy on it
   * fell by too much is undone and ends the training. The result's notes say so. @defaultValue none
   */
  readonly overfittingStop?: OverfittingStop<I> | undefined;
}

/** The papers' SGD, without a schedule. */
export const paperSgd = (): tf.Optimizer =>
  sgd({learningRate: 0.1, momentum: 0.9, weightDecay: 5e-4});

/** A recipe with its defaults filled in. */
export type CompleteRecipe<I extends tf.Tensor> = Defaults<Recipe<I>, Optional>;

type Optional = 'schedule' | 'batches' | 'augment' | 'head' | 'overfittingStop';

const defaultsFor = <I extends tf.Tensor>(): Defaults<Recipe<I>, Optional | 'method'> => ({
  method: undefined, // required: checked below
  epochs: 100,
  batchSize: 128,
  dropLast: false,
  optimizer: paperSgd,
  schedule: undefined,
  batches: undefined,
  augment: undefined,
  bnVariance: 'biased',
  regularizers: true,
  averaging: 'none',
  head: undefined,
  overfittingStop: undefined,
});

/** Whether a name is that of an entry of a recipe. */
export const isRecipeEntry = (name: string): boolean => Object.hasOwn(defaultsFor(), name);

/**
 * Fills in and checks a recipe, except its optimizer, which is checked when it is made.
 *
 * @param where - Name for error messages.
 * @param recipe - As the user passed it.
 * @throws {@link InvalidArgumentError} if an entry is out of range.
 */
export function completeRecipe<I extends tf.Tensor>(
  where: string,
  recipe: Recipe<I>,
): CompleteRecipe<I> {
  const settings = withDefaults(where, defaultsFor<I>(), recipe);
  const {method, epochs, batchSize} = settings;
  checkNumber(where, 'epochs', epochs, {min: 1, integer: true});
  checkNumber(where, 'batchSize', batchSize, {min: 1, integer: true});
  checkOneOf(where, 'bnVariance', settings.bnVariance, ['biased', 'unbiased']);
  checkAveraging(where, settings.averaging);
  completeStop(where, settings.overfittingStop);
  checkMethod(where, 'method', method);
  if (settings.schedule !== undefined) {
    checkFunction(where, 'schedule', settings.schedule, 'Pass one such as cosine().');
  }
  return settings;
}

// tfjs cannot read what these optimizers remember, so that a training could neither be restored
// after a NaN nor be resumed.
const REMEMBERS_NOTHING = new Set(['Adamax']);

/**
 * Throws if an optimizer cannot be used.
 *
 * @param where - Name for error messages.
 * @param optimizer - What the recipe made.
 * @param schedule - The recipe's.
 * @throws {@link InvalidArgumentError} if it cannot be steered by the recipe's schedule, or saved.
 */
export function checkOptimizer(
  where: string,
  optimizer: tf.Optimizer,
  schedule: Schedule | undefined,
): void {
  const refuse = (expected: string, found: string, remedy: string): never => {
    throw new InvalidArgumentError({where, argument: 'optimizer', expected, found, remedy});
  };
  if (schedule !== undefined && !isAdjustable(optimizer)) {
    const remedy = 'Use sgd(), or set the learning rate yourself.';
    refuse('have setLearningRate, for there is a schedule', 'none', remedy);
  }
  if (REMEMBERS_NOTHING.has(optimizer.getClassName())) {
    const remedy = "Use sgd(), or another of tfjs's optimizers.";
    refuse('have getWeights', optimizer.getClassName(), remedy);
  }
}
