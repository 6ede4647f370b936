import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {describe, expect, it} from 'vitest';

import {asTrainableClassifier} from '../../../src/core/classifier';
import {frozenTensors, leavesOf} from '../../../src/core/layers/batchNorm';
import {passTensors} from '../../../src/core/pass';
import {expectClose, expectNoLeak, numbers} from '../../support/tensors';

type Vectors = tf.Tensor2D;
const {layers} = tfl;

const X = [[1, 10], [2, 30], [6, 20]]; // prettier-ignore
const MEAN = [3, 20];
const BIASED = [14 / 3, 200 / 3]; // of the three rows
const norm = () => layers.batchNormalization({inputShape: [2], momentum: 0.9, epsilon: 0});
const netOf = (...list: tfl.layers.Layer[]) =>
  tfl.sequential({layers: [...list, layers.dense({units: 2, kernelInitializer: 'ones'})]});

// Running mean and variance after one training pass.
function moved(net: tfl.Sequential, variance?: 'biased' | 'unbiased') {
  const {training, statistics} = asTrainableClassifier<Vectors>(net, 'here', variance);
  const before = tf.memory().numTensors;
  const features = tf.tidy(() =>
    numbers(passTensors(training(tf.tensor2d(X))).features as Vectors),
  );
  expect(tf.memory().numTensors).toBe(before);
  return {features, statistics: statistics.map(numbers)};
}

describe('the running variance', () => {
  it('takes in the variance over m values, or over m - 1 as PyTorch', () => {
    const biased = moved(netOf(norm()));
    const unbiased = moved(netOf(norm()), 'unbiased');
    const expected = (factor: number) => BIASED.map((v) => 0.9 + 0.1 * factor * v);
    expectClose(
      biased.statistics[0] as number[],
      MEAN.map((m) => 0.1 * m),
      1e-6,
    );
    expectClose(biased.statistics[1] as number[], expected(1), 1e-6);
    expect(unbiased.statistics[0]).toEqual(biased.statistics[0]);
    expectClose(unbiased.statistics[1] as number[], expected(3 / 2), 1e-5);
    // What is normalised by stays the variance of the batch itself.
    expect(unbiased.features).toEqual(biased.features);
  });

  it('counts every place of a feature map, on either axis', () => {
    const images = tf.tensor4d(
      Array.from({length: 24}, (_, i) => i * i),
      [2, 2, 3, 2],
    );
    const varianceOf = (axis: number) => {
      const net = tfl.sequential({
        layers: [
          layers.batchNormalization({inputShape: [2, 3, 2], axis, momentum: 0, epsilon: 1e-3}),
          layers.flatten(),
          layers.dense({units: 2}),
        ],
      });
      const {training, statistics} = asTrainableClassifier(net, 'here', 'unbiased');
      tf.dispose({...passTensors(training(images))});
      const values = numbers(statistics[1] as tf.Tensor);
      net.dispose();
      return values;
    };
    for (const [axis, others] of [
      [-1, [0, 1, 2]],
      [1, [0, 2, 3]],
    ] as const) {
      const count = axis === -1 ? 12 : 12;
      const expected = tf.tidy(() =>
        numbers(tf.mul(tf.moments(images, [...others]).variance, count / (count - 1))),
      );
      expectClose(varianceOf(axis), expected, 1e-4);
    }
    images.dispose();
  });

  it('is refused for a model that is no tf.LayersModel', () => {
    const parts = asTrainableClassifier<Vectors>(netOf(norm()));
    expect(() => asTrainableClassifier(parts, 'here', 'unbiased')).toThrow(
      /here: "bnVariance" must be 'biased' for a model that is not a tf.LayersModel/,
    );
  });
});

describe('a frozen batch norm', () => {
  it.each<[string, () => tfl.Sequential]>([
    [
      'by itself',
      () => {
        const frozen = norm();
        frozen.trainable = false;
        return netOf(frozen);
      },
    ],
    [
      'within a frozen model',
      () => {
        const inner = tfl.sequential({layers: [norm()]});
        inner.trainable = false;
        return tfl.sequential({
          layers: [inner, layers.dense({units: 2, kernelInitializer: 'ones'})],
        });
      },
    ],
  ])('%s normalises by its running statistics and keeps them', (_, make) => {
    const net = make();
    const before = net.getWeights().map(numbers);
    const {variables} = asTrainableClassifier<Vectors>(net);
    const {features, statistics} = moved(net);
    expect(net.getWeights().map(numbers)).toEqual(before);
    expectClose(features, X.flat(), 1e-5); // mean 0, variance 1
    expect(statistics).toEqual([]);
    expect(variables.length).toBe(2);
    net.dispose();
  });

  it('moves again once it is thawed', () => {
    const layer = norm();
    layer.trainable = false;
    const net = netOf(layer);
    moved(net);
    layer.trainable = true;
    expectClose(
      moved(net).statistics[0] as number[],
      MEAN.map((m) => 0.1 * m),
      1e-6,
    );
    net.dispose();
  });
});

it('frozen kernels are no statistics', () => {
  const kernel = layers.dense({inputShape: [2], units: 3});
  kernel.trainable = false;
  const net = tfl.sequential({
    layers: [kernel, layers.batchNormalization(), layers.dense({units: 2})],
  });
  const {variables, statistics} = asTrainableClassifier<Vectors>(net);
  expect(variables.map(({shape}) => shape)).toEqual([[3], [3], [3, 2], [2]]);
  expect(statistics.map(({shape}) => shape)).toEqual([[3], [3]]);
  expect(frozenTensors(net).size).toBe(2);
  net.dispose();
});

it('leavesOf finds the layers of inner models and wrappers, each once', () => {
  const shared = tfl.sequential({layers: [layers.dense({inputShape: [2], units: 2})]});
  const net = tfl.sequential({
    layers: [
      layers.timeDistributed({layer: layers.dense({units: 2}), inputShape: [3, 2]}),
      layers.flatten(),
      layers.dense({units: 2}),
      shared,
      shared,
    ],
  });
  const names = leavesOf(net).map(({layer}) => layer.getClassName());
  expect(names.filter((name) => name === 'Dense')).toHaveLength(3);
  expect(names).toContain('TimeDistributed');
  net.dispose();
});

it('leaves no layer changed, also when the model throws', async () => {
  const layer = norm();
  const net = netOf(layer);
  const {training} = asTrainableClassifier<Vectors>(net, 'here', 'unbiased');
  const wrong = tf.zeros<tf.Rank.R2>([2, 5]);
  await expectNoLeak(() => {
    expect(() => training(wrong)).toThrow();
  });
  expect(Object.hasOwn(layer, 'call')).toBe(false);
  wrong.dispose();
  net.dispose();
});

it('a stateful recurrent layer is refused', () => {
  const net = tfl.sequential({
    layers: [
      layers.simpleRNN({
        ...{units: 2, stateful: true, batchInputShape: [1, 3, 2]},
        recurrentInitializer: 'zeros',
      }),
      layers.dense({units: 2}),
    ],
  });
  expect(() => asTrainableClassifier(net, 'here')).toThrow(
    /here: "model" must give the same answer for the same input, found a stateful recurrent layer/,
  );
  net.dispose();
});
