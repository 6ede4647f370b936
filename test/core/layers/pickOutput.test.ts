import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {afterAll, describe, expect, it} from 'vitest';

import {pgdAttack} from '../../../src/attacks/pgdAttack';
import {asClassifier, asTrainableClassifier} from '../../../src/core/classifier';
import {pickOutput} from '../../../src/core/layers/pickOutput';

const {layers, initializers} = tfl;

function twoHeads(): tfl.LayersModel {
  const input = tfl.input({shape: [6, 6, 1]});
  const seeded = (seed: number) => ({kernelInitializer: initializers.glorotUniform({seed})});
  const map = layers.conv2d({filters: 3, kernelSize: 3, useBias: false, ...seeded(1)}).apply(input);
  const normed = layers.batchNormalization().apply(map);
  const body = layers.flatten().apply(layers.reLU().apply(normed));
  const label = layers.dense({units: 3, activation: 'softmax', name: 'label', ...seeded(2)});
  const box = layers.dense({units: 4, name: 'box', ...seeded(3)});
  return tfl.model({
    inputs: input,
    outputs: [label.apply(body), box.apply(body)] as tfl.SymbolicTensor[],
  });
}

const model = twoHeads();
const x = tf.randomUniform<tf.Rank.R4>([4, 6, 6, 1], 0.1, 0.9, 'float32', 5);
const labels = tf.tensor1d([0, 1, 2, 0], 'int32');
afterAll(() => {
  model.dispose();
  tf.dispose([x, labels]);
});

describe('pickOutput', () => {
  it('gives the logits of the chosen head: their softmax is what the model gives', () => {
    tf.tidy(() => {
      const logits = asClassifier(pickOutput(model, 'label'))(x);
      const [wanted] = model.predict(x) as tf.Tensor[];
      const error = tf.max(tf.abs(tf.sub(tf.softmax(logits), wanted!)));
      expect(error.dataSync()[0]).toBeLessThan(1e-6);
      expect(tf.min(tf.sum(tf.exp(logits), 1)).dataSync()[0]).not.toBeCloseTo(1, 3);
      expect(asClassifier(pickOutput(model, 1))(x).shape).toEqual([4, 4]);
    });
  });

  it('is attacked with batch norm folded, leaks nothing, and changes no weight', () => {
    const weights = model.getWeights().map((w) => Array.from(w.dataSync()));
    const before = tf.memory().numTensors;
    const adversarial = pgdAttack(pickOutput(model, 'label'), x, labels, {epsilon: 0.1, steps: 5});
    expect(tf.memory().numTensors).toBe(before + 1);
    const wanted = tf.tidy(() => {
      const logits = (z: tf.Tensor4D) =>
        tf.log((model.apply(z) as tf.Tensor2D[])[0]!) as tf.Tensor2D;
      return pgdAttack(logits, x, labels, {epsilon: 0.1, steps: 5});
    });
    // The logarithm of probabilities has the same gradient but for rounding.
    const distance = tf.tidy(() => tf.mean(tf.abs(tf.sub(adversarial, wanted))).dataSync()[0]!);
    expect(distance).toBeLessThan(1e-4);
    expect(model.getWeights().map((w) => Array.from(w.dataSync()))).toEqual(weights);
    tf.dispose([adversarial, wanted]);
  });

  it('has the variables and statistics of the model', () => {
    const parts = asTrainableClassifier(pickOutput(model, 0));
    expect(parts.variables.map(({shape}) => shape)).toEqual(asShapes(model.trainableWeights));
    expect(parts.statistics).toHaveLength(2);
  });

  it.each(['lable', 2, -1, 0.5, null])('refuses the output %s', (output) => {
    expect(() => pickOutput(model, output as never)).toThrow(
      /^pickOutput: "output" must be one of the model's outputs, by name or by index from 0 \(label, box\), found /,
    );
  });

  it('says which outputs there are', () => {
    const start = 'pickOutput: "output" must be one of the model\'s outputs, by name or by index';
    const end = 'Check the spelling.';
    expect(() => pickOutput(model, 'lable')).toThrow(
      `${start} from 0 (label, box), found "lable". ${end}`,
    );
    expect(() => pickOutput(model, 2)).toThrow(`${start} from 0 (label, box), found 2. ${end}`);
  });

  it.each([null, 3, (z: tf.Tensor) => z, {}])('refuses the model %s', (value) => {
    expect(() => pickOutput(value as never, 0)).toThrow(/^pickOutput: "model" must be a tf\./);
  });
});

const asShapes = (weights: readonly {shape: unknown}[]) => weights.map(({shape}) => shape);
