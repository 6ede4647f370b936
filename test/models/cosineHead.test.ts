import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {describe, expect, it} from 'vitest';

import {asClassifier} from '../../src/core/classifier';
import {cosineHead, type CosineHeadLayerOptions} from '../../src/models/cosineHead';
import {inputGradient} from '../../src/math/inputGradient';
import {crossEntropy} from '../../src/losses/crossEntropy';
import {seeded} from '../support/models';
import {savedAndLoaded} from '../support/networks';
import {expectClose, expectNoLeak, int, numbers} from '../support/tensors';

// training.md 8.3: two examples of three features, four classes.
const FEATURES = [[1, 2, -1], [0.5, -0.5, 2]]; // prettier-ignore
const CLASSES = [[0.3, 0.4, 0], [0, -0.6, 0.8], [1, 0, 0], [0.2, -0.1, 0.2]]; // prettier-ignore

function headModel(units: number, width: number, options: CosineHeadLayerOptions = {}) {
  return tfl.sequential({
    layers: [tfl.layers.flatten({inputShape: [1, width]}), cosineHead(units, options)],
  });
}

function goldenModel(options: CosineHeadLayerOptions = {}) {
  const model = headModel(4, 3, options);
  tf.tidy(() => model.setWeights([tf.transpose(tf.tensor2d(CLASSES))]));
  return model;
}

// A model of vectors that it takes as maps with one row.
const rows = (values: number[][]) => tf.tensor3d(values.map((row) => [row]));

const logitsOf = (model: tfl.LayersModel, features: number[][]) =>
  tf.tidy(() => numbers(asClassifier<tf.Tensor3D>(model)(rows(features))));

describe('cosineHead', () => {
  it.each([
    ['1/32, the default', {}, [0.84531411, -0.79175426, 0.39587713, -0.24648953, -0.04436748, 0.86852712, 0.22855977, 0.78270939]], // prettier-ignore
    ['0', {normOffset: 0}, [0.89814624, -0.81649658, 0.40824829, -0.27216553, -0.04714045, 0.89566859, 0.23570226, 0.86424162]], // prettier-ignore
  ])('gives the golden values with g = %s', (_name, options, golden) => {
    const model = goldenModel(options);
    expectClose(logitsOf(model, FEATURES), golden, 1e-6);
    model.dispose();
  });

  it('multiplies by the scale', () => {
    const [one, ten] = [goldenModel(), goldenModel({scale: 10})];
    const golden = logitsOf(one, FEATURES).map((value) => 10 * value);
    expectClose(logitsOf(ten, FEATURES), golden, 1e-6);
    [one, ten].forEach((model) => model.dispose());
  });

  it('gives 0, and a finite gradient, at features that are all 0', () => {
    const model = goldenModel();
    expect(logitsOf(model, [[0, 0, 0]])).toEqual([0, 0, 0, 0]);
    tf.tidy(() => {
      const x = rows([[0, 0, 0]]);
      const classify = asClassifier<tf.Tensor3D>(model);
      const behindRelu = (at: tf.Tensor3D) => classify(tf.relu(at));
      const {gradient} = inputGradient(behindRelu, x, int([0]), crossEntropy);
      expect(numbers(gradient).map(Math.abs)).toEqual([0, 0, 0]);
      const bare = inputGradient(classify, x, int([0]), crossEntropy);
      expect(numbers(bare.gradient).every(Number.isFinite)).toBe(true);
    });
    model.dispose();
  });

  it('has the gradients of finite differences, in features and weights', () => {
    const model = goldenModel({scale: 3});
    tf.tidy(() => {
      const x = rows(FEATURES);
      const weight = model.trainableWeights[0]?.read() as tf.Variable;
      const classify = asClassifier<tf.Tensor3D>(model);
      const loss = (at: tf.Tensor3D): tf.Scalar => tf.sum(crossEntropy(classify(at), int([3, 1])));
      const slope = (change: (step: number) => number) => (change(5e-3) - change(-5e-3)) / 1e-2;
      const inX = tf.grad((at) => loss(at as tf.Tensor3D))(x);
      numbers(inX).forEach((value, i) => {
        const moved = (step: number) => {
          const values = FEATURES.flat();
          values[i] = (values[i] as number) + step;
          return numbers(loss(tf.tensor3d(values, [2, 1, 3])))[0] as number;
        };
        expect(slope(moved)).toBeCloseTo(value, 3);
      });
      const start = numbers(weight);
      const {grads} = tf.variableGrads(() => loss(x), [weight]);
      numbers(grads[weight.name] as tf.Tensor).forEach((value, i) => {
        const moved = (step: number) => {
          const values = [...start];
          values[i] = (values[i] as number) + step;
          weight.assign(tf.tensor(values, weight.shape));
          return numbers(loss(x))[0] as number;
        };
        expect(slope(moved)).toBeCloseTo(value, 3);
        weight.assign(tf.tensor(start, weight.shape));
      });
    });
    model.dispose();
  });

  it('saves and loads, settings and all', () =>
    expectNoLeak(async () => {
      const model = headModel(4, 3, {scale: 7, normOffset: 0.25, name: 'linear', seed: 3});
      const loaded = await savedAndLoaded(model);
      expect(logitsOf(loaded, FEATURES)).toEqual(logitsOf(model, FEATURES));
      expect(loaded.layers[1]?.getConfig()).toEqual(model.layers[1]?.getConfig());
      expect(loaded.layers[1]?.name).toBe('linear');
      model.dispose();
      loaded.dispose();
    }));

  it('starts uniform within 1/sqrt(width), equal from equal seeds', () => {
    const start = (options: CosineHeadLayerOptions) => {
      const model = headModel(20, 100, options);
      const values = model.getWeights().flatMap(numbers);
      model.dispose();
      return values;
    };
    const values = start({seed: 2});
    expect(values).toEqual(start({seed: 2}));
    expect(values).not.toEqual(start({}));
    const largest = Math.max(...values.map(Math.abs));
    expect(largest).toBeLessThanOrEqual(0.1);
    expect(largest).toBeGreaterThan(0.099);
  });

  it('refuses a map', () => {
    const flat = tfl.input({shape: [2, 2]});
    expect(() => cosineHead(3).apply(flat)).toThrow(
      /cosineHead: "input" must be features \[batch, width\], found \[, 2, 2\]/,
    );
  });

  it.each([
    [1, {}, /"units" must be an integer >= 2, found 1/],
    [3, {scale: -1}, /"scale" must be a finite number > 0, found -1/],
    [3, {normOffset: -1}, /"normOffset" must be a finite number >= 0/],
    [3, {seed: 0.5}, /"seed" must be an integer/],
    [3, {bias: true}, /"bias" must be one of its options/],
  ])('refuses %i units with %o', (units, options, message) => {
    expect(() => cosineHead(units, options as CosineHeadLayerOptions)).toThrow(message);
  });

  it('does not see the length of the features', () => {
    const model = headModel(5, 6);
    tf.tidy(() => {
      const x = seeded<tf.Rank.R3>([4, 1, 6], 3);
      const classify = asClassifier<tf.Tensor3D>(model);
      expectClose(classify(tf.mul(x, 1000)), numbers(classify(x)), 1e-6);
    });
    model.dispose();
  });
});
