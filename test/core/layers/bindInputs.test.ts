import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {afterAll, describe, expect, it} from 'vitest';

import {forExamples} from '../../../src/core/byExample';
import {subset, type Dataset} from '../../../src/core/dataset';
import {bindInputs} from '../../../src/core/layers/bindInputs';
import {evaluateRobustness} from '../../../src/metrics/evaluateRobustness';
import {naturalTraining} from '../../../src/methods/naturalTraining';
import {trainStep} from '../../../src/training/trainStep';

const {layers, initializers} = tfl;
const seeded = (seed: number) => ({kernelInitializer: initializers.glorotNormal({seed})});

const image = tfl.input({shape: [6, 6, 1], name: 'image'});
const meta = tfl.input({shape: [3], name: 'meta'});
const map = layers.conv2d({filters: 4, kernelSize: 3, useBias: false, ...seeded(1)}).apply(image);
const flat = layers.flatten().apply(layers.reLU().apply(layers.batchNormalization().apply(map)));
const aside = layers.dense({units: 4, activation: 'relu', ...seeded(2)}).apply(meta);
const joined = layers.concatenate().apply([flat, aside] as tfl.SymbolicTensor[]);
const model = tfl.model({
  inputs: [image, meta],
  outputs: layers
    .dense({units: 3, activation: 'softmax', ...seeded(3)})
    .apply(joined) as tfl.SymbolicTensor,
});
const EXAMPLES = 5;
const x = tf.randomUniform<tf.Rank.R4>([EXAMPLES, 6, 6, 1], 0.1, 0.9, 'float32', 5);
const others = tf.randomNormal<tf.Rank.R2>([EXAMPLES, 3], 0, 1, 'float32', 6);
afterAll(() => {
  model.dispose();
  tf.dispose([x, others]);
});

const distance = (a: tf.Tensor, b: tf.Tensor): number =>
  tf.tidy(() => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]!);

describe('bindInputs', () => {
  const bound = bindInputs(model, {meta: others});

  it('gives the logits of the model at both inputs', () => {
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const wanted = model.predict([x, others]) as tf.Tensor2D;
      expect(distance(tf.softmax(bound.inference(x)), wanted)).toBeLessThan(1e-6);
    });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('keeps the other input beside its example', () => {
    tf.tidy(() => {
      const ids = [4, 1];
      const some = tf.gather(x, ids);
      const wanted = model.predict([some, tf.gather(others, ids)]) as tf.Tensor2D;
      const logits = forExamples(bound.inference, ids)(some);
      expect(distance(tf.softmax(logits), wanted)).toBeLessThan(1e-6);
    });
  });

  it('binds whichever input is named', () => {
    tf.tidy(() => {
      const wanted = model.predict([x, others]) as tf.Tensor2D;
      const ofMeta = bindInputs<tf.Tensor2D>(model, {image: x});
      expect(distance(tf.softmax(ofMeta.inference(others)), wanted)).toBeLessThan(1e-6);
    });
  });

  it('has the variables and statistics of the model', () => {
    expect(bound.variables).toHaveLength(model.trainableWeights.length);
    expect(bound.statistics).toHaveLength(2);
  });

  it('says which example has no row', () => {
    const some = forExamples(bound.inference, [0, 5]);
    expect(() => tf.tidy(() => some(tf.zeros([2, 6, 6, 1])))).toThrow(
      'bindInputs: "others.meta" must have a row for each example, found 5 rows, and example 5. ' +
        'Bind the values of the whole dataset, in its order.',
    );
    const before = forExamples(bound.inference, [0, -1]);
    expect(() => tf.tidy(() => before(tf.zeros([2, 6, 6, 1])))).toThrow('5 rows, and example -1.');
  });

  it('is evaluated batch by batch, and on a part of the data', async () => {
    const wanted = tf.tidy(() => {
      // Labels that only the right pairs have: the metadata decide.
      const predicted = model.predict([x, tf.mul(others, 30)]) as tf.Tensor2D;
      return Int32Array.from(tf.argMax(predicted, 1).dataSync());
    });
    const strong = tf.mul(others, 30);
    expect(new Set(wanted).size).toBeGreaterThan(1);
    const data: Dataset = {
      numClasses: 3,
      labels: wanted,
      batch: (indices) => ({
        x: tf.gather(x, Int32Array.from(indices)),
        labels: tf.tensor1d(
          Int32Array.from(indices, (i) => wanted[i]!),
          'int32',
        ),
      }),
    };
    const sure = bindInputs(model, {meta: strong});
    for (const part of [data, subset(data, [4, 2, 0]), subset(subset(data, [4, 2, 0]), [1, 0])]) {
      const {clean} = await evaluateRobustness(sure, part, {batchSize: 2});
      expect(clean.accuracy).toBe(1);
    }
    strong.dispose();
  });

  it('is trained with the other input beside its example', async () => {
    const ids = [3, 0];
    const batch = {
      x: tf.gather(x, ids),
      labels: tf.tensor1d([0, 2], 'int32'),
      exampleIds: Int32Array.from(ids),
    };
    const optimizer = tf.train.sgd(0.1);
    const before = model.getWeights().map((w) => tf.clone(w));
    const wanted = tf.tidy(() => {
      const p = model.apply([batch.x, tf.gather(others, ids)], {training: true}) as tf.Tensor2D;
      const right = tf.sum(tf.mul(tf.log(p), tf.oneHot(batch.labels, 3)), 1);
      return tf.neg(tf.mean(right)).dataSync()[0]!;
    });
    model.setWeights(before); // the pass above moved the statistics
    const loss = await trainStep(bound, naturalTraining(), batch, optimizer);
    expect(loss.dataSync()[0]).toBeCloseTo(wanted, 5);
    const moved = model.getWeights().map((w, i) => distance(w, before[i]!));
    expect(moved.filter((value) => value > 0).length).toBeGreaterThan(5);
    model.setWeights(before);
    tf.dispose([batch.x, batch.labels, loss, ...before]);
    optimizer.dispose();
  });

  it.each([
    [{}, /found 0 of them/],
    [{meta: others, image: x}, /found 2 of them/],
    [
      {mata: others},
      /^bindInputs: "others" must be tensors \[examples, \.\.\.\] for every input but one of image, meta, found "mata", which the model does not have\. Leave out the input that is to be attacked or trained on, and name the others\.$/,
    ],
    [{meta: 3}, /found 0 of them/],
  ])('refuses the inputs %o', (given, message) => {
    expect(() => bindInputs(model, given as never)).toThrow(message);
  });

  it.each([null, (z: tf.Tensor) => z, {}])('refuses the model %s', (value) => {
    expect(() => bindInputs(value as never, {})).toThrow(
      /^bindInputs: "model" must be a tf\.Layers/,
    );
  });
});
