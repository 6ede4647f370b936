import type * as tf from '@tensorflow/tfjs-core';

import {checkText} from './checks/checkForm';
import {checkOneOf} from './checks/checkOneOf';
import {checkUnbound} from './checks/checkUnbound';
import {describeValue} from './describeValue';
import {InvalidArgumentError} from './errors';
import {graphLogitsOf, isGraphModel, type GraphModelLike} from './layers/graphModel';
import type {BatchNormVariance} from './layers/batchNorm';
import {isLayersModel, logitsOf, type LayersModelLike} from './layers/layersModel';
import {trainableParts} from './layers/trainableParts';
import {trainingPassOf} from './layers/trainingPass';
import type {TrainingOutput} from './pass';

/**
 * Inputs `[batch, ...]` to logits `[batch, classes]`: raw scores, not probabilities. Pure: the
 * same `x` gives the same logits. Any function of this form is a model to this package.
 */
export interface Classifier<I extends tf.Tensor = tf.Tensor4D> {
  (x: I): tf.Tensor2D;
  /**
   * Set by a classifier that needs to know which examples it sees: the classifier for those with
   * these identities, in order. See {@link byExample}.
   */
  forExamples?: ((exampleIds: ArrayLike<number>) => Classifier<I>) | undefined;
}

/** A classifier whose weights can be trained. */
export interface TrainableClassifier<I extends tf.Tensor = tf.Tensor4D> {
  /** Running statistics, no dropout: what attacks and evaluations see. */
  readonly inference: Classifier<I>;
  /**
   * Batch statistics and dropout; a call moves the running statistics. Of a `tf.LayersModel` it
   * gives the features too.
   */
  readonly training: (x: I) => TrainingOutput;
  /** The trainable variables, in a fixed order. */
  readonly variables: readonly tf.Variable[];
  /** What a training pass moves without a gradient: batch norm's running mean and variance. */
  readonly statistics: readonly tf.Variable[];
  /**
   * Set where the model needs to know which examples it sees: the same model for those with these
   * identities, in order. See {@link bindInputs}.
   */
  readonly forExamples?: ((exampleIds: ArrayLike<number>) => TrainableClassifier<I>) | undefined;
  /**
   * What is added to every loss, in nats, at the current weights: the kernel regularisers of a
   * `tf.LayersModel`. Absent: nothing.
   */
  readonly penalty?: (() => tf.Scalar) | undefined;
}

/**
 * What every attack takes as its model: a function to logits, a `tf.LayersModel` or a
 * `tf.GraphModel` as it is, or a {@link TrainableClassifier} (its inference mode).
 */
export type Model<I extends tf.Tensor = tf.Tensor4D> =
  Classifier<I> | TrainableClassifier<I> | LayersModelLike | GraphModelLike;

/** What every trainer takes as its model: its four parts, or a `tf.LayersModel` as it is. */
export type TrainableModel<I extends tf.Tensor = tf.Tensor4D> =
  TrainableClassifier<I> | LayersModelLike;

/** Whether `model` has the four parts of a {@link TrainableClassifier}. */
export const isTrainable = (model: object): model is TrainableClassifier<never> =>
  'inference' in model && 'training' in model && 'variables' in model && 'statistics' in model;

function refuse(where: string, model: unknown, expected: string, isToBeTrained: boolean): never {
  const isGraph = typeof model === 'object' && model !== null && isGraphModel(model);
  const found = isGraph ? 'a tf.GraphModel' : describeValue(model);
  let remedy = 'Wrap what you have in a function of that form.';
  if (model instanceof Promise) remedy = 'Await it first.';
  if (typeof model === 'string') remedy = 'Load it: await tf.loadLayersModel(url).';
  if (isToBeTrained && typeof model === 'function') {
    remedy =
      'A function has no weights to train. Pass the tf.LayersModel itself (a final softmax or sigmoid ' +
      'unit is recognised), or the four parts.';
  }
  // Attacks take one as it is; what comes here is to be trained.
  if (isGraph)
    remedy = 'Its weights are constants. Load the model as a tf.LayersModel to train it.';
  throw new InvalidArgumentError({where, argument: 'model', expected, found, remedy});
}

/**
 * Turns what the user has into a {@link Classifier} in inference mode: the one place that does.
 * A function is returned as it is. A `tf.LayersModel` runs with `training: false`; where it, or a
 * `tf.GraphModel`, ends in a softmax (a layer, or the activation of its last layer) the classifier
 * gives the logits before it, exactly. One final sigmoid unit with the pre-activation s is a
 * classifier of two classes with the logits [0, s]: label 1 is what the unit says yes to. An output
 * `[batch, 1, 1, classes]` is reshaped.
 *
 * @param model - A function `x` to logits, a `tf.LayersModel`, a `tf.GraphModel`, or a
 *   {@link TrainableClassifier}.
 * @param where - Name for error messages.
 * @returns The classifier. It reads the model's current weights at each call.
 * @throws {@link InvalidArgumentError} if it is none of these, has several inputs or outputs
 *   ({@link pickOutput}), or ends in an activation that has no logits (several sigmoids, or a hard
 *   one).
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {layers, sequential} from '@tensorflow/tfjs-layers';
 * import {asClassifier} from 'lt-robust';
 *
 * const model = sequential({
 *   layers: [layers.dense({inputShape: [2], units: 3, activation: 'softmax'})],
 * });
 * const logits = asClassifier<tf.Tensor2D>(model)(tf.zeros([1, 2]));
 * logits.dataSync(); // => [0, 0, 0]
 * ```
 */
export function asClassifier<I extends tf.Tensor = tf.Tensor4D>(
  model: Model<I>,
  where = 'asClassifier',
): Classifier<I> {
  checkText('asClassifier', 'where', where);
  if (typeof model === 'function' && !isClass(model)) {
    checkUnbound(where, model);
    return model;
  }
  if (typeof model === 'object' && (model as unknown) !== null) {
    if (isTrainable(model)) return model.inference;
    if (isLayersModel(model)) return logitsOf<I>(model, false, where);
    if (isGraphModel(model)) return graphLogitsOf<I>(model, where);
  }
  return refuse(
    where,
    model,
    'be a function from x to logits, a tf.LayersModel or a tf.GraphModel',
    false,
  );
}

/**
 * Turns what the user has into a {@link TrainableClassifier}. A `tf.LayersModel` that ends in a
 * softmax is trained on the logits before it; one that ends in a single sigmoid unit, on the two
 * logits [0, s].
 *
 * @param model - A {@link TrainableClassifier}, or a built `tf.LayersModel`.
 * @param where - Name for error messages.
 * @param variance - Which variance of a batch enters batch norm's running one: `'biased'`, over its m
 *   values, as tf.layers has it, or `'unbiased'`, over m − 1, as PyTorch has it.
 * @returns Its two modes, its variables and its statistics; the variables stay the model's own.
 * @throws {@link InvalidArgumentError} as {@link asClassifier} does, and for a bare function: it
 *   has no variables to train.
 * @example
 * ```ts
 * import {layers, sequential} from '@tensorflow/tfjs-layers';
 * import {asTrainableClassifier} from 'lt-robust';
 *
 * const model = sequential({layers: [layers.dense({inputShape: [2], units: 3})]});
 * asTrainableClassifier(model).variables.length; // => 2
 * ```
 */
export function asTrainableClassifier<I extends tf.Tensor = tf.Tensor4D>(
  model: TrainableModel<I>,
  where = 'asTrainableClassifier',
  variance: BatchNormVariance = 'biased',
): TrainableClassifier<I> {
  checkText('asTrainableClassifier', 'where', where);
  checkOneOf(where, 'bnVariance', variance, ['biased', 'unbiased']);
  if (typeof model === 'object' && (model as unknown) !== null) {
    if (isTrainable(model)) {
      if (variance === 'unbiased') return needsLayers(where);
      return model;
    }
    if (isLayersModel(model)) {
      return {
        inference: logitsOf<I>(model, false, where),
        training: trainingPassOf<I>(model, where, variance),
        ...trainableParts(model),
      };
    }
  }
  return refuse(
    where,
    model,
    'be a tf.LayersModel, or an object {inference, training, variables, statistics}',
    true,
  );
}

// A class of models is none: it cannot be called.
const isClass = (value: object): boolean =>
  /^class\b/.test(Function.prototype.toString.call(value));

function needsLayers(where: string): never {
  throw new InvalidArgumentError({
    where,
    argument: 'bnVariance',
    expected: "be 'biased' for a model that is not a tf.LayersModel",
    found: "'unbiased'",
    remedy: 'Move the running variance by the unbiased variance in `training` itself.',
  });
}
