import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {describe, expect, it} from 'vitest';

import {
  asClassifier,
  asTrainableClassifier,
  type Classifier,
  type TrainableClassifier,
} from '../../src/core/classifier';
import {linearModel} from '../support/models';
import {numbers} from '../support/tensors';

const linear = linearModel(
  [
    [1, 0],
    [0, 1],
  ],
  [0, 0],
);
const trainable: TrainableClassifier<tf.Tensor2D> = {
  inference: linear,
  training: (x) => linear(x),
  variables: [],
  statistics: [],
};
const give = (value: unknown) => () => asClassifier(value as Classifier, 'pgdAttack');
const giveTrainable = (value: unknown) => () =>
  asTrainableClassifier(value as TrainableClassifier, 'train');

describe('asClassifier', () => {
  it('returns a function as it is, and the inference mode of a trainable classifier', () => {
    expect(asClassifier(linear)).toBe(linear);
    expect(asClassifier(trainable)).toBe(linear);
  });

  it('refuses what is no model', () => {
    expect(give(null)).toThrowErrorMatchingInlineSnapshot(
      `[InvalidArgumentError: pgdAttack: "model" must be a function from x to logits, a tf.LayersModel or a tf.GraphModel, found null. Wrap what you have in a function of that form.]`,
    );
    expect(give(undefined)).toThrow(/found undefined/);
    expect(give({})).toThrow(/found an object/);
    expect(give('model.json')).toThrow(/found '/);
    expect(() => asClassifier(null as unknown as Classifier)).toThrow(/^asClassifier: /);
    expect(give('model.json')).toThrow('Load it: await tf.loadLayersModel(url).');
    expect(give(Promise.resolve(linear))).toThrow('Await it first.');
  });

  it.each([
    {layers: {}, inputs: [], outputs: [], apply: String},
    {layers: [], inputs: {}, outputs: [], apply: String},
    {layers: [], inputs: [], outputs: {}, apply: String},
    {layers: [], inputs: [], outputs: [], apply: 0},
    {layers: [], inputs: [], outputs: []},
    {layers: [], inputs: [], apply: String},
    {layers: [], outputs: [], apply: String},
    {inputs: [], outputs: [], apply: String},
  ])('refuses %o, which is not quite a layers model', (value) => {
    expect(give(value)).toThrow(/found an object/);
  });

  it.each(['inference', 'training', 'variables', 'statistics'])(
    'refuses a trainable classifier without %s',
    (part) => {
      const rest = Object.fromEntries(Object.entries(trainable).filter(([key]) => key !== part));
      expect(give(rest)).toThrow(/found an object/);
      expect(giveTrainable(rest)).toThrow(/found an object/);
    },
  );

  it('refuses what is not quite a graph model', () => {
    for (const value of [{executor: {}}, {predict: () => 0}, {executor: {}, execute: () => 0}]) {
      expect(give(value)).toThrow(/found an object/);
    }
  });

  it('says what to do with a promise', () => {
    expect(give(Promise.resolve(linear))).toThrow(/found a promise\. Await it first\./);
  });
});

it('a layers model has both of its modes', () => {
  const dropout = tfl.layers.dropout({rate: 0.9, seed: 3});
  const dense = tfl.layers.dense({units: 8, inputShape: [4], kernelInitializer: 'ones'});
  const net = tfl.sequential({layers: [dense, dropout]});
  const both = asTrainableClassifier<tf.Tensor2D>(net);
  tf.tidy(() => {
    const x = tf.ones<tf.Rank.R2>([2, 4]);
    expect(numbers(both.inference(x))).toEqual(new Array(16).fill(4));
    expect(numbers(asClassifier<tf.Tensor2D>(net)(x))).toEqual(new Array(16).fill(4));
    const passed = both.training(x);
    expect(numbers(passed instanceof tf.Tensor ? passed : passed.logits)).toContain(0);
  });
  net.dispose();
});

describe('asTrainableClassifier', () => {
  it('returns a trainable classifier as it is', () => {
    expect(asTrainableClassifier(trainable)).toBe(trainable);
  });

  it('takes a layers model apart', () => {
    const model = tfl.sequential({layers: [tfl.layers.dense({inputShape: [2], units: 3})]});
    const parts = asTrainableClassifier<tf.Tensor2D>(model);
    expect(Object.keys(parts).sort()).toEqual(['inference', 'statistics', 'training', 'variables']);
    expect(parts.variables.map((v) => v.shape)).toEqual([[2, 3], [3]]);
    expect(parts.statistics).toEqual([]);
    model.dispose();
  });

  it('refuses a bare function and what is no model', () => {
    expect(giveTrainable(linear)).toThrowErrorMatchingInlineSnapshot(
      `[InvalidArgumentError: train: "model" must be a tf.LayersModel, or an object {inference, training, variables, statistics}, found a function. A function has no weights to train. Pass the tf.LayersModel itself (a final softmax or sigmoid unit is recognised), or the four parts.]`,
    );
    expect(giveTrainable(null)).toThrow(/found null/);
    expect(() => asTrainableClassifier(null as never)).toThrow(/^asTrainableClassifier: /);
  });
});
