import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {describe, expect, it} from 'vitest';

import {passTensors} from '../../src/core/pass';
import {layersClassifier} from '../../src/models/layersClassifier';
import {seeded, tinyConvNet} from '../support/models';
import {expectClose, expectNoLeak, numbers} from '../support/tensors';

const images = () => seeded<tf.Rank.R4>([4, 8, 8, 1], 1);
const sigmoid = () =>
  tfl.sequential({
    layers: [tfl.layers.dense({inputShape: [2], units: 1, activation: 'sigmoid'})],
  });

describe('layersClassifier', () => {
  it('by default takes logits, before a final softmax', () => {
    const net = tinyConvNet({activation: 'softmax'});
    tf.tidy(() => {
      const x = images();
      const {inference, variables, statistics} = layersClassifier(net);
      expectClose(tf.softmax(inference(x)), numbers(net.predict(x) as tf.Tensor), 1e-6);
      expect(numbers(tf.max(tf.abs(tf.logSumExp(inference(x), 1))))[0]).toBeGreaterThan(1e-3);
      expect([variables.length, statistics.length]).toEqual([8, 2]);
    });
    // One sigmoid unit with the pre-activation s has the logits [0, s].
    tf.tidy(() => {
      const unit = sigmoid();
      const x = seeded<tf.Rank.R2>([4, 2], 3);
      const p = numbers(unit.predict(x) as tf.Tensor);
      const logits = layersClassifier<tf.Tensor2D>(unit).inference(x);
      expectClose(tf.slice(tf.softmax(logits), [0, 1], [-1, 1]), p, 1e-6);
      expect(numbers(tf.slice(logits, [0, 0], [-1, 1])).every((value) => value === 0)).toBe(true);
    });
  });

  it('takes the logarithm of probabilities where asked, in both modes', () => {
    const net = tinyConvNet({activation: 'softmax'});
    tf.tidy(() => {
      const x = images();
      const parts = layersClassifier(net, {output: 'probabilities'});
      const clean = numbers(tf.log(net.predict(x) as tf.Tensor));
      expectClose(parts.inference(x), clean, 1e-6);
      const before = parts.statistics.map(numbers);
      expect(numbers(passTensors(parts.training(x)).logits)).not.toEqual(clean);
      expect(parts.statistics.map(numbers)).not.toEqual(before);
      expect(parts.variables.map((v) => v.shape)).toEqual(net.trainableWeights.map((w) => w.shape));
    });
  });

  it('makes two classes of a sigmoid', () => {
    const net = sigmoid();
    tf.tidy(() => {
      net.setWeights([tf.tensor2d([[1], [0]]), tf.tensor1d([0])]);
      const {inference} = layersClassifier<tf.Tensor2D>(net, {output: 'probabilities'});
      const p = 1 / (1 + Math.exp(-2));
      expectClose(inference(tf.tensor2d([[2, 0]])), [Math.log(1 - p), Math.log(p)], 1e-5);
    });
  });

  it('leaks nothing but its result', async () => {
    const {inference} = layersClassifier<tf.Tensor2D>(sigmoid(), {output: 'probabilities'});
    const x = tf.zeros<tf.Rank.R2>([1, 2]);
    await expectNoLeak(() => {
      inference(x).dispose();
    });
  });

  it('refuses an unknown output and unknown options', () => {
    expect(() => layersClassifier(sigmoid(), {output: 'softmax'} as never)).toThrow(
      /layersClassifier: "output" must be one of 'logits', 'probabilities', found 'softmax'/,
    );
    expect(() => layersClassifier(sigmoid(), {outputs: 'logits'} as never)).toThrow(/"outputs"/);
  });
});
