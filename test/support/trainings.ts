import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';

import type {Dataset, DatasetInMemory} from '../../src/core/dataset';
import type {TrainingMethod} from '../../src/core/trainingMethod';
import type {Recipe} from '../../src/training/recipe';
import type {RunOptions} from '../../src/training/runOptions';
import type {TrainableModel} from '../../src/core/classifier';
import {train} from '../../src/training/train';
import {createRng} from '../../src/core/rng';
import {captureModelState} from '../../src/training/trainerState';
import {pgdAttack} from '../../src/attacks/pgdAttack';
import type {Attack} from '../../src/core/attack';

/** A small dense net on 3 numbers, 3 classes, seeded; with batch norm unless told otherwise. */
export function denseNet(options: {seed?: number; batchNorm?: boolean} = {}): layers.Sequential {
  const {seed = 1, batchNorm = true} = options;
  const init = (offset: number) => layers.initializers.glorotUniform({seed: seed * 100 + offset});
  return layers.sequential({
    layers: [
      layers.layers.dense({inputShape: [3], units: 5, kernelInitializer: init(1)}),
      ...(batchNorm ? [layers.layers.batchNormalization({momentum: 0.9, epsilon: 1e-5})] : []),
      layers.layers.activation({activation: 'tanh'}),
      layers.layers.dense({units: 3, kernelInitializer: init(2)}),
    ],
  });
}

/** Noisy points around a corner of the unit cube for each class: easy to tell apart. */
export function cornerDataset(counts: readonly number[], seed = 5): DatasetInMemory<tf.Tensor2D> {
  const rng = createRng(seed);
  const labels = Int32Array.from(counts.flatMap((n, c) => Array.from({length: n}, () => c)));
  const points = Array.from(labels, (label) =>
    [0, 1, 2].map((axis) => (axis === label ? 0.75 : 0.25) + 0.2 * (rng.uniform() - 0.5)),
  );
  return {
    numClasses: counts.length,
    labels,
    batch: (indices) => ({
      x: tf.tensor2d(
        Array.from(indices, (i) => points[i] as number[]),
        [indices.length, 3],
      ),
      labels: tf.tensor1d(
        Array.from(indices, (i) => labels[i] as number),
        'int32',
      ),
    }),
  };
}

/** A fast attack with a random start. */
export const quickAttack: Attack<tf.Tensor2D> = (model, x, labels, context) =>
  pgdAttack(model, x, labels, {...context, epsilon: 0.05, steps: 2, checkValues: false});

/** Weights and statistics of a model, to compare bit for bit. */
export const bitsOf = async (model: layers.LayersModel) => {
  const {variables, statistics} = await captureModelState<tf.Tensor2D>(model);
  return [...variables, ...statistics].map(({values}) => Array.from(values));
};

/** {@link train} with recipe and run in one object, for tests that vary both. */
export function trainWith(
  model: TrainableModel<tf.Tensor2D>,
  method: TrainingMethod<tf.Tensor2D>,
  dataset: Dataset<tf.Tensor2D>,
  options: Omit<Recipe<tf.Tensor2D>, 'method'> & RunOptions<tf.Tensor2D>,
) {
  const {epochs, batchSize, dropLast, optimizer, schedule, batches, augment, ...rest} = options;
  const {bnVariance, regularizers, averaging, head, overfittingStop, ...run} = rest;
  const recipe = {
    ...{method, epochs, batchSize, dropLast, optimizer, schedule, batches, augment},
    ...{bnVariance, regularizers, averaging, head, overfittingStop},
  };
  return train(model, dataset, recipe, run);
}
