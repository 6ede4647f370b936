import * as tf from '@tensorflow/tfjs-core';
import * as L from '@tensorflow/tfjs-layers';
import {afterAll, describe, expect, it} from 'vitest';

import {apgdAttack} from '../../../src/attacks/apgd/apgdAttack';
import {pgdAttack} from '../../../src/attacks/pgdAttack';
import {embeddingSpace} from '../../../src/core/layers/embeddingSpace';
import {createRng} from '../../../src/core/rng';
import {crossEntropy} from '../../../src/losses/crossEntropy';
import {inputGradient} from '../../../src/math/inputGradient';
import {pgdTraining} from '../../../src/methods/pgdTraining';
import {evaluateRobustness} from '../../../src/metrics/evaluateRobustness';
import {sgd} from '../../../src/optimizers/sgd';
import {trainStep} from '../../../src/training/trainStep';
import {expectClose, expectNoLeak} from '../../support/tensors';

const glorot = (seed: number) => L.initializers.glorotUniform({seed});
const embedding = (settings: object = {}) =>
  L.layers.embedding({
    ...{inputDim: 12, outputDim: 3, inputLength: 5, name: 'words'},
    embeddingsInitializer: L.initializers.randomUniform({minval: -1, maxval: 1, seed: 3}),
    ...settings,
  });
const recurrent = (cell: 'lstm' | 'gru', settings: object = {}) =>
  L.sequential({
    layers: [
      embedding(settings),
      L.layers[cell]({units: 4, kernelInitializer: glorot(1), recurrentInitializer: glorot(2)}),
      L.layers.dense({units: 3, activation: 'softmax', kernelInitializer: glorot(4)}),
    ],
  });

const tokens = tf.tensor2d(
  [
    [3, 1, 7, 0, 0],
    [2, 2, 11, 5, 0],
    [9, 4, 0, 0, 0],
    [1, 6, 8, 10, 2],
  ],
  [4, 5],
  'int32',
);
const labels = tf.tensor1d([0, 1, 2, 0], 'int32');
afterAll(() => {
  tf.dispose([tokens, labels]);
});

describe.each([
  ['lstm', {}],
  ['gru', {}],
  ['lstm', {maskZero: true}],
] as const)('embeddingSpace of a %s, %o', (cell, settings) => {
  it('is the model behind its embedding', async () => {
    await expectNoLeak(async () => {
      const model = recurrent(cell, settings);
      const {embedded, model: rest} = embeddingSpace(model, tokens);
      const table = model.layers[0]?.getWeights()[0] as tf.Tensor;
      const expected = tf.tidy(() => tf.gather(table, tokens).dataSync());
      expect(embedded.dataSync()).toEqual(expected);
      const [found, plain] = tf.tidy(() => [
        tf.softmax(rest.inference(embedded)).dataSync(),
        (model.predict(tokens) as tf.Tensor).dataSync(),
      ]);
      expectClose(found as Float32Array, plain as Float32Array, 1e-6);
      // One example alone has its own tokens, and so its own mask.
      const third = tf.tidy(() =>
        tf
          .softmax(
            rest.inference.forExamples?.([2])(
              tf.slice(embedded, [2, 0, 0], [1, 5, 3]),
            ) as tf.Tensor2D,
          )
          .dataSync(),
      );
      expectClose(third, plain?.slice(6, 9) as Float32Array, 1e-6);
      embedded.dispose();
      model.dispose();
      await Promise.resolve();
    });
  });

  it('has the gradient of finite differences, none where the text is masked', () => {
    const model = recurrent(cell, settings);
    const {embedded, model: rest} = embeddingSpace(model, tokens);
    tf.tidy(() => {
      const {gradient} = inputGradient(rest.inference, embedded, labels, crossEntropy);
      const values = gradient.dataSync();
      const base = embedded.dataSync();
      const lossAt = (k: number, step: number) => {
        const moved = Float32Array.from(base);
        moved[k] = (moved[k] ?? NaN) + step;
        const logits = rest.inference(tf.tensor(moved, embedded.shape));
        return tf.sum(crossEntropy(logits, labels)).dataSync()[0] ?? NaN;
      };
      const h = 1e-2;
      for (let k = 0; k < values.length; k += 7) {
        expect(values[k]).toBeCloseTo((lossAt(k, h) - lossAt(k, -h)) / (2 * h), 3);
      }
      const isMasked = 'maskZero' in settings;
      const atPadding = values.slice(3 * 4, 3 * 5).map(Math.abs);
      expect(Math.max(...atPadding) === 0).toBe(isMasked);
    });
    embedded.dispose();
    model.dispose();
  });

  it('serves attacks, an evaluation in batches and a training step', async () => {
    const model = recurrent(cell, settings);
    const {embedded, model: rest} = embeddingSpace(model, tokens);
    await expectNoLeak(async () => {
      const result = await apgdAttack(rest, embedded, labels, {
        ...{epsilon: 0.3, clip: null, steps: 5, rng: createRng(1)},
      });
      result.adversarial.dispose();
      const report = await evaluateRobustness(
        rest,
        {x: embedded, labels},
        {
          ...{batchSize: 3, rng: createRng(1)},
          attacks: {pgd: (m, x, y, c) => pgdAttack(m, x, y, {...c, epsilon: 1, clip: null})},
        },
      );
      const tokensReport = await evaluateRobustness(model, {x: tokens, labels});
      expect(report.clean.accuracy).toBe(tokensReport.clean.accuracy);
      expect(report.attacks.pgd?.accuracy).toBeLessThanOrEqual(report.clean.accuracy);
    });
    const before = model.layers[1]?.getWeights()[0]?.dataSync().slice();
    const optimizer = sgd({learningRate: 0.5});
    const method = pgdTraining<tf.Tensor>({
      attack: (m, x, y, c) => pgdAttack(m, x, y, {...c, epsilon: 0.1, clip: null, steps: 2}),
    });
    const loss = await trainStep(rest, method, {x: embedded, labels}, optimizer);
    expect(loss.dataSync()[0]).toBeGreaterThan(0);
    expect(model.layers[1]?.getWeights()[0]?.dataSync()).not.toEqual(before);
    tf.dispose([loss, embedded]);
    optimizer.dispose();
    model.dispose();
  });
});

it('of a linear model has the closed form of the worst point', () => {
  const model = L.sequential({
    layers: [
      embedding(),
      L.layers.flatten(),
      L.layers.dense({units: 2, kernelInitializer: glorot(5)}),
    ],
  });
  const {embedded, model: rest} = embeddingSpace(model, tokens);
  const two = tf.tensor1d([0, 1, 0, 1], 'int32');
  tf.tidy(() => {
    const kernel = (model.layers[2]?.getWeights()[0] as tf.Tensor2D).arraySync();
    const found = pgdAttack(rest, embedded, two, {epsilon: 0.25, clip: null}).dataSync();
    const expected = Array.from(embedded.dataSync(), (value, i) => {
      const [zero = NaN, one = NaN] = kernel[i % 15] ?? [];
      const towards = Math.floor(i / 15) % 2 === 0 ? one - zero : zero - one;
      return value + 0.25 * Math.sign(towards);
    });
    expectClose(found, expected, 1e-6);
  });
  tf.dispose([two, embedded]);
  model.dispose();
});

describe('evaluation of token numbers', () => {
  it.each(['int32', 'float32'] as const)('has the accuracy of predict, %s', async (dtype) => {
    const model = recurrent('gru');
    const x = tf.cast(tokens, dtype);
    const {clean} = await evaluateRobustness<tf.Tensor2D>(model, {x, labels}, {batchSize: 3});
    const classes = tf.tidy(() => tf.argMax(model.predict(tokens) as tf.Tensor, 1).dataSync());
    const right = Array.from(labels.dataSync()).filter((label, i) => label === classes[i]).length;
    expect(clean.accuracy).toBe(right / 4);
    x.dispose();
    model.dispose();
  });

  it('refuses to attack the numbers, in plain words', async () => {
    const model = recurrent('lstm');
    expect(() => pgdAttack<tf.Tensor2D>(model, tokens, labels)).toThrow(
      /^pgdAttack: "x" must be a float32.*Token numbers have neither a gradient.*see embeddingSpace/,
    );
    await expect(
      evaluateRobustness<tf.Tensor2D>(model, {x: tokens, labels}, {attacks: {pgd: pgdAttack}}),
    ).rejects.toThrow(/Token numbers have neither.*see embeddingSpace/);
    const floats = tf.cast(tokens, 'float32');
    expect(() => pgdAttack<tf.Tensor2D>(model, floats, labels, {clip: [0, 11]})).toThrow(
      /Token numbers have none: attack what the embedding makes of them, see embeddingSpace/,
    );
    floats.dispose();
    model.dispose();
  });
});

describe('embeddingSpace refuses', () => {
  const split = (model: unknown, more: object = {}, words: unknown = tokens) => {
    embeddingSpace(model as L.LayersModel, words as tf.Tensor, more);
  };

  it('what is no layers model, or no tokens', () => {
    expect(() => {
      split(() => 0);
    }).toThrow(/"model" must be a tf.LayersModel, found a function/);
    const model = recurrent('lstm');
    expect(() => {
      split(model, {}, [[1, 2]]);
    }).toThrow(/"tokens" must be a tensor \[examples, length\], found an array/);
    expect(() => {
      split(model, {layer: 'letters'});
    }).toThrow(/"layer" must name the embedding, found "letters", where there is "words"/);
    model.dispose();
  });

  it('a model without an embedding, with several, or with one that is shared', () => {
    const dense = L.sequential({layers: [L.layers.dense({units: 2, inputShape: [5]})]});
    expect(() => {
      split(dense);
    }).toThrow(/"model" must have an embedding layer, found none/);
    const input = L.input({shape: [5]});
    const [a, b] = [embedding({name: 'a'}), embedding({name: 'b'})];
    const sum = L.layers.add().apply([a.apply(input), b.apply(input)] as L.SymbolicTensor[]);
    const out = L.layers.dense({units: 2}).apply(L.layers.flatten().apply(sum)) as L.SymbolicTensor;
    const two = L.model({inputs: input, outputs: out});
    expect(() => {
      split(two);
    }).toThrow(/"layer" must name one of the embeddings, found "a", "b"/);
    const {embedded, model} = embeddingSpace(two, tokens, {layer: 'b'});
    const logits = tf.tidy(() => model.inference(embedded).dataSync());
    expectClose(
      logits,
      tf.tidy(() => (two.predict(tokens) as tf.Tensor).dataSync()),
      1e-6,
    );
    embedded.dispose();
    const other = L.input({shape: [5]});
    const shared = embedding({name: 'shared'});
    const both = L.layers
      .add()
      .apply([shared.apply(other), shared.apply(other)] as L.SymbolicTensor[]);
    const twice = L.model({
      inputs: other,
      outputs: L.layers.dense({units: 2}).apply(L.layers.flatten().apply(both)) as L.SymbolicTensor,
    });
    expect(() => {
      split(twice);
    }).toThrow(/"model" must use its embedding once, found layer "shared" used again/);
    for (const each of [dense, two, twice]) each.dispose();
  });
});
