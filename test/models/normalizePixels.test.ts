import * as tf from '@tensorflow/tfjs-core';
import {io} from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';

import {asTrainableClassifier} from '../../src/core/classifier';
import {normalizePixels} from '../../src/models/normalizePixels';
import type {PixelStatistics} from '../../src/models/parts/normalization';
import {resnet18} from '../../src/models/resnet18';
import {seeded, tinyConvNet} from '../support/models';
import {expectClose, numbers} from '../support/tensors';

beforeEach(() => {
  tf.engine().startScope();
});
afterEach(() => {
  tf.engine().endScope();
});

const MEAN = [0.4914, 0.4822];
const DEVIATION = [0.247, 0.2435];
const pixels = () => tf.abs(seeded<tf.Rank.R4>([3, 8, 8, 2], 2));
const normalized = (x: tf.Tensor4D) => tf.div(tf.sub(x, tf.tensor1d(MEAN)), tf.tensor1d(DEVIATION));

describe('normalizePixels', () => {
  it('gives what the model gives on normalised pixels', () => {
    const inner = tinyConvNet({channels: 2});
    const model = normalizePixels(inner, {mean: MEAN, deviation: DEVIATION});
    const x = pixels();
    const expected = numbers(inner.predict(normalized(x)) as tf.Tensor);
    expectClose(model.predict(x) as tf.Tensor, expected, 1e-5);
    expect(model.inputs[0]?.shape).toEqual([null, 8, 8, 2]);
  });

  it('takes one number for all channels, and by default changes nothing', () => {
    const inner = tfl.sequential({layers: [tfl.layers.flatten({inputShape: [1, 1, 2]})]});
    const x = tf.tensor4d([0.5, 1], [1, 1, 1, 2]);
    const predict = (statistics: Parameters<typeof normalizePixels>[1]) =>
      normalizePixels(inner, statistics).predict(x) as tf.Tensor;
    expectClose(predict({mean: 0.5, deviation: 0.25}), [0, 2], 1e-6);
    expectClose(predict({deviation: [0.5, 2]}), [1, 0.5], 1e-6);
    expectClose(predict({}), [0.5, 1], 1e-6);
  });

  it('keeps a final softmax recognisable, and stays frozen in training', () => {
    const inner = tinyConvNet({channels: 2, activation: 'softmax'});
    const model = normalizePixels(inner, {mean: MEAN, deviation: DEVIATION});
    const x = pixels();
    const {inference, variables, training} = asTrainableClassifier(model);
    expectClose(tf.softmax(inference(x)), numbers(model.predict(x) as tf.Tensor), 1e-6);
    expect(numbers(tf.max(tf.abs(tf.logSumExp(inference(x), 1))))[0]).toBeGreaterThan(1e-3);
    expect(variables).toEqual(asTrainableClassifier(inner).variables);
    const first = model.layers[0] as tfl.layers.Layer;
    const weights = first.getWeights().map(numbers);
    training(x);
    expect(first.getWeights().map(numbers)).toEqual(weights);
  });

  it('takes images of any size', () => {
    const inner = tfl.sequential({
      layers: [tfl.layers.globalAveragePooling2d({inputShape: [null, null, 2]})],
    });
    const model = normalizePixels(inner, {mean: [0, 1]});
    expectClose(model.predict(tf.ones([1, 3, 2, 2])) as tf.Tensor, [1, 0], 1e-6);
  });

  it('saves and loads', async () => {
    const inner = tinyConvNet({channels: 2});
    const model = normalizePixels(inner, {mean: MEAN, deviation: DEVIATION});
    const saved: io.ModelArtifacts[] = [];
    await model.save(
      io.withSaveHandler((artifacts) => {
        saved.push(artifacts);
        return Promise.resolve({
          modelArtifactsInfo: {dateSaved: new Date(0), modelTopologyType: 'JSON'},
        });
      }),
    );
    const loaded = await tfl.loadLayersModel(io.fromMemory(saved[0] as io.ModelArtifacts));
    const x = pixels();
    expect(numbers(loaded.predict(x) as tf.Tensor)).toEqual(numbers(model.predict(x) as tf.Tensor));
  });

  it('refuses a model that does not take images', () => {
    const dense = tfl.sequential({layers: [tfl.layers.dense({inputShape: [4], units: 2})]});
    expect(() => normalizePixels(dense, {mean: 0.5})).toThrowErrorMatchingInlineSnapshot(
      `[InvalidArgumentError: normalizePixels: "model" must have one input [batch, height, width, channels], found [, 4]. For other inputs, normalise inside a function from x to logits.]`,
    );
    const [a, b] = [tfl.input({shape: [2, 2, 1]}), tfl.input({shape: [2, 2, 1]})];
    const sum = tfl.layers.add().apply([a, b]) as tfl.SymbolicTensor;
    expect(() => normalizePixels(tfl.model({inputs: [a, b], outputs: sum}), {})).toThrow(
      /found \[, 2, 2, 1\] and \[, 2, 2, 1\]/,
    );
    expect(() => normalizePixels(tfl.sequential(), {})).toThrow(/found none/);
  });

  it.each([
    [{mean: [0.5]}, /"mean" must be a number, or one for each of the 2 channels, found 1 numbers/],
    [{deviation: [1, 1, 1]}, /"deviation" must be .* found 3 numbers/],
    [{deviation: 0}, /"deviation\[0\]" must be a finite number > 0, found 0/],
    [{deviation: [1, -1]}, /"deviation\[1\]" must be a finite number > 0/],
    [{mean: NaN}, /"mean\[0\]" must be a finite number, found NaN/],
    [{std: 1}, /"std" must be one of its options \(mean, deviation\)/],
  ])('refuses %o', (statistics, message) => {
    expect(() =>
      normalizePixels(tinyConvNet({channels: 2}), statistics as PixelStatistics),
    ).toThrow(message);
  });

  it('refuses a model that normalises already', () => {
    const once = normalizePixels(tinyConvNet(), {mean: 0.5});
    expect(() => normalizePixels(once, {mean: 0.5})).toThrow(
      /normalizePixels: "model" must not normalise its pixels yet, found one that does/,
    );
    const inside = resnet18({width: 1, normalization: {mean: 0.5}});
    expect(() => normalizePixels(inside, {mean: 0.5})).toThrow(/must not normalise/);
  });
});
