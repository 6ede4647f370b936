import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';

import type {InMemoryDataset} from '../../src/core/dataset';
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
export function cornerDataset(counts: readonly number[], seed = 5): InMemoryDataset<tf.Tensor2D> {
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
