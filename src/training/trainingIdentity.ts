import type * as tf from '@tensorflow/tfjs-core';

import type {TrainableClassifier} from '../core/classifier';
import type {Dataset} from '../core/dataset';
import {batchAt} from '../core/datasets/batchAt';
import {fingerprintOf} from '../core/fingerprint';
import {hashOf, identityOf, type Identity} from '../core/identity';
import {disposeAfter} from '../core/memory';
import type {Rng} from '../core/rng';
import {completeStop} from './overfittingStop';
import {spreadIndices} from './probe';
import type {CompleteRecipe} from './recipe';

const SAMPLE = 16;

/**
 * What decides the numbers of a training, except its length: method, optimizer and augmentation
 * with their options, a hash of the labels and of a sample of the data, the initial weights, the
 * seed.
 *
 * @param recipe - What is computed.
 * @param dataset - The training examples.
 * @param optimizer - What the recipe made, before its first step.
 * @param weights - A hash of the initial weights.
 * @param rng - The run's.
 * @param selectBy - The metric that makes an epoch the best.
 */
export async function trainingIdentity<I extends tf.Tensor>(
  recipe: CompleteRecipe<I>,
  dataset: Dataset<I>,
  optimizer: tf.Optimizer,
  weights: string,
  rng: Rng,
  selectBy: string | undefined,
): Promise<Identity> {
  const {method, batchSize, dropLast, batches, augment, bnVariance, regularizers} = recipe;
  const {averaging, head} = recipe;
  const overfittingStop = completeStop('train', recipe.overfittingStop);
  const {labels, numClasses} = dataset;
  const sample = await disposeAfter(async (own) => {
    const {x, labels: sampled} = await batchAt(
      'train',
      dataset,
      spreadIndices(labels.length, SAMPLE),
    );
    own([x, sampled]);
    return hashOf([x]);
  });
  return identityOf({
    method,
    optimizer: {name: optimizer.getClassName(), ...optimizer.getConfig()},
    ...{batchSize, dropLast, batches: batches ?? 'shuffled', augment: augment ?? 'none'},
    ...{bnVariance, regularizers, head, overfittingStop},
    averaging: averaging === 'none' ? undefined : averaging,
    data: {examples: labels.length, numClasses, labels: fingerprintOf([labels]), sample},
    'initial weights': weights,
    // The key of the generator; its position does not matter, for streams are forked.
    seed: rng.state().slice(0, 2),
    selectBy: selectBy ?? 'none',
  });
}

// The weights that a training in this program began with, and those that it left.
const trainings = new WeakMap<object, {readonly initial: string; readonly left: string}>();

const hashOfModel = <I extends tf.Tensor>({variables, statistics}: TrainableClassifier<I>) =>
  hashOf([...variables, ...statistics]);

/**
 * A hash of the weights that a training begins with. A model that an aborted training left and that
 * nobody touched since counts as what it was before, so that the training can go on with it.
 */
export async function initialWeights<I extends tf.Tensor>(
  model: TrainableClassifier<I>,
): Promise<string> {
  const now = await hashOfModel(model);
  const before = trainings.get(keyOf(model));
  return before?.left === now ? before.initial : now;
}

/** Records which weights a training leaves behind. */
export async function recordLeft<I extends tf.Tensor>(
  model: TrainableClassifier<I>,
  initial: string,
): Promise<void> {
  trainings.set(keyOf(model), {initial, left: await hashOfModel(model)});
}

const keyOf = <I extends tf.Tensor>(model: TrainableClassifier<I>): object =>
  model.variables[0] ?? model;
