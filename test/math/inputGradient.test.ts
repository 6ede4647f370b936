import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';

import {asClassifier} from '../../src/core/classifier';
import {isMissingGradientsError} from '../../src/core/errors';
import type {Loss} from '../../src/core/loss';
import {inputGradient} from '../../src/math/inputGradient';
import {linearModel, seeded, tinyConvNet} from '../support/models';
import {expectClose, expectNoLeak, int, numbers} from '../support/tensors';

beforeEach(() => {
  tf.engine().startScope();
});
afterEach(() => {
  tf.engine().endScope();
});

// An independent cross-entropy: this file must not depend on floor 2.
const crossEntropy: Loss = (logits, labels) =>
  tf.sub<tf.Tensor1D>(
    tf.logSumExp(logits, 1),
    tf.sum(tf.mul(logits, tf.oneHot(labels, logits.shape[1])), 1),
  );

const WEIGHTS = [
  [1, -2, 0.5],
  [0, 1, -1],
];
const linear = linearModel(WEIGHTS, [0.1, -0.2]);

// (p - onehot) W, by hand.
function linearGradient(x: number[], label: number): {loss: number; gradient: number[]} {
  const scores = WEIGHTS.map(
    (weights, c) =>
      weights.reduce((s, w, j) => s + w * (x[j] as number), 0) + (c === 0 ? 0.1 : -0.2),
  );
  const total = scores.reduce((sum, z) => sum + Math.exp(z), 0);
  const residuals = scores.map((z, c) => Math.exp(z) / total - (c === label ? 1 : 0));
  return {
    loss: Math.log(total) - (scores[label] as number),
    gradient: [0, 1, 2].map((j) =>
      residuals.reduce((sum, r, c) => sum + r * (WEIGHTS[c]?.[j] as number), 0),
    ),
  };
}

// Central differences of the sum of losses at some pixels, in float32: about 1e-3 accurate.
function expectFiniteDifferences(
  losses: (x: tf.Tensor4D) => tf.Tensor,
  x: tf.Tensor4D,
  gradient: tf.Tensor4D,
): void {
  const h = 1e-3;
  const values = Float32Array.from(x.dataSync());
  const at = (i: number, delta: number) =>
    tf.tidy(() => {
      const moved = Float32Array.from(values);
      moved[i] = (moved[i] as number) + delta;
      return numbers(losses(tf.tensor4d(moved, x.shape))).reduce((a, b) => a + b, 0);
    });
  const analytic = numbers(gradient);
  for (let i = 0; i < values.length; i += 7) {
    const numeric = (at(i, h) - at(i, -h)) / (2 * h);
    expect(Math.abs(numeric - (analytic[i] as number)), `pixel ${i}`).toBeLessThan(2e-3);
  }
}

describe('inputGradient', () => {
  it('equals the closed form on a linear model', () => {
    const rows = [
      [0.2, -0.4, 1],
      [2, 0, -1],
    ];
    const labels = [1, 0];
    const {logits, losses, gradient} = inputGradient(
      linear,
      tf.tensor2d(rows),
      int(labels),
      crossEntropy,
    );
    const expected = rows.map((x, i) => linearGradient(x, labels[i] as number));
    expectClose(
      gradient,
      expected.flatMap((e) => e.gradient),
      1e-5,
    );
    expectClose(
      losses,
      expected.map((e) => e.loss),
      1e-5,
    );
    expectClose(logits, numbers(linear(tf.tensor2d(rows))), 1e-6);
    expect([logits.shape, losses.shape, gradient.shape]).toEqual([[2, 2], [2], [2, 3]]);
  });

  it('keeps examples apart: each gradient is that of its own loss', () => {
    const [a, b] = [tf.tensor2d([[0.2, -0.4, 1]]), tf.tensor2d([[2, 0, -1]])];
    const both = inputGradient(linear, tf.concat([a, b]), int([1, 0]), crossEntropy).gradient;
    const alone = [
      ...numbers(inputGradient(linear, a, int([1]), crossEntropy).gradient),
      ...numbers(inputGradient(linear, b, int([0]), crossEntropy).gradient),
    ];
    expectClose(both, alone, 1e-6);
  });

  const nets: Record<string, () => tfl.LayersModel> = {
    'a conv net of layers': () => tinyConvNet(),
    'a conv net ending in softmax': () => tinyConvNet({activation: 'softmax'}),
    'a net with pooling': () =>
      tfl.sequential({
        layers: [
          tfl.layers.conv2d({
            inputShape: [8, 8, 1],
            filters: 3,
            kernelSize: 3,
            kernelInitializer: tfl.initializers.glorotNormal({seed: 1}),
          }),
          tfl.layers.averagePooling2d({poolSize: 2}),
          tfl.layers.activation({activation: 'tanh'}),
          tfl.layers.flatten(),
          tfl.layers.dense({
            units: 3,
            kernelInitializer: tfl.initializers.glorotNormal({seed: 2}),
          }),
        ],
      }),
  };
  for (const [name, create] of Object.entries(nets)) {
    it(`equals finite differences on ${name}`, () => {
      const model = asClassifier(create());
      const x = seeded<tf.Rank.R4>([2, 8, 8, 1], 4);
      const labels = int([0, 2]);
      const {logits, losses, gradient} = inputGradient(model, x, labels, crossEntropy);
      expectFiniteDifferences((input) => crossEntropy(model(input), labels), x, gradient);
      expectClose(logits, numbers(model(x)), 1e-6);
      expectClose(losses, numbers(crossEntropy(model(x), labels)), 1e-6);
    });

    it(`equals tf.grad on ${name}`, () => {
      if (tf.getBackend() === 'wasm') return; // tf.grad of a tf.layers convolution throws there
      const model = asClassifier(create());
      const x = seeded<tf.Rank.R4>([2, 8, 8, 1], 4);
      const labels = int([0, 2]);
      const plain = tf.grad((input: tf.Tensor) =>
        tf.sum(crossEntropy(model(input as tf.Tensor4D), labels)),
      );
      const {gradient} = inputGradient(model, x, labels, crossEntropy);
      expectClose(gradient, numbers(plain(x)), 1e-6);
    });
  }

  it('differentiates a loss that is not the cross-entropy', () => {
    const margin: Loss = (logits) => tf.sum(tf.mul(logits, tf.tensor1d([2, -1])), 1);
    const {gradient} = inputGradient(linear, tf.zeros([1, 3]), int([0]), margin);
    expectClose(gradient, [2, -5, 2]);
  });

  it('leaves weights, statistics and x as they were', () => {
    const net = tinyConvNet();
    const x = seeded<tf.Rank.R4>([2, 8, 8, 1], 4);
    const snapshot = () => [...net.getWeights(), x].map(numbers);
    const before = snapshot();
    inputGradient(asClassifier(net), x, int([0, 1]), crossEntropy);
    expect(snapshot()).toEqual(before);
  });

  it('leaks nothing but its three tensors', async () => {
    const model = asClassifier(tinyConvNet());
    const x = seeded<tf.Rank.R4>([2, 8, 8, 1], 4);
    const labels = int([0, 1]);
    await expectNoLeak(() => {
      const {logits, losses, gradient} = inputGradient(model, x, labels, crossEntropy);
      for (const tensor of [logits, losses, gradient]) {
        expect(tensor.isDisposed).toBe(false);
        tensor.dispose();
      }
    });
  });

  it('leaks nothing when the model or the loss throws, and passes the error on', async () => {
    const net = asClassifier(tinyConvNet());
    const x = seeded<tf.Rank.R4>([2, 8, 8, 1], 4);
    const labels = int([0, 1]);
    const broken = (input: tf.Tensor4D): tf.Tensor2D => {
      net(input);
      throw new Error('model broke');
    };
    const brokenLoss: Loss = (logits) => {
      tf.exp(logits);
      throw new Error('loss broke');
    };
    await expectNoLeak(() => {
      expect(() => inputGradient(broken, x, labels, crossEntropy)).toThrow('model broke');
      expect(() => inputGradient(net, x, labels, brokenLoss)).toThrow('loss broke');
    });
    // And the engine works on.
    expect(inputGradient(net, x, labels, crossEntropy).gradient.shape).toEqual([2, 8, 8, 1]);
  });

  it('returns logits of its own, also where the model gives back its input', () => {
    const identity = (input: tf.Tensor2D) => input;
    const x = tf.tensor2d([[1, 2]]);
    const {logits} = inputGradient(identity, x, int([0]), crossEntropy);
    logits.dispose();
    expect(numbers(x)).toEqual([1, 2]);
  });

  it('says which gradient is missing', async () => {
    const config = tf.getGradient('Sin');
    tf.unregisterGradient('Sin');
    const model = (input: tf.Tensor2D) => tf.sin(input);
    const x = tf.tensor2d([[1, 2]]);
    const labels = int([0]);
    let error: unknown;
    try {
      await expectNoLeak(() => inputGradient(model, x, labels, crossEntropy));
    } catch (thrown) {
      error = thrown;
    } finally {
      tf.registerGradient(config);
    }
    expect(isMissingGradientsError(error) && error.operation).toBe('Sin');
    expect(String(error)).toMatch(/No gradient of the operation Sin: neither TensorFlow.js nor/);
  });

  it('is zero where the loss does not depend on the input', async () => {
    const x = tf.tensor2d([[0.5, -1, 2]]);
    const labels = int([1]);
    await expectNoLeak(() => {
      const constant = (): tf.Tensor2D => tf.tensor2d([[1, 3]]);
      const {logits, losses, gradient} = inputGradient(constant, x, labels, crossEntropy);
      expect([numbers(logits), logits.shape]).toEqual([
        [1, 3],
        [1, 2],
      ]);
      expectClose(losses, [Math.log(1 + Math.exp(-2))], 1e-6);
      expect([numbers(gradient), gradient.shape]).toEqual([
        [0, 0, 0],
        [1, 3],
      ]);
      tf.dispose([logits, losses, gradient]);
    });
  });

  it('says what is wrong with what it is given', () => {
    const x = tf.zeros<tf.Rank.R2>([2, 3]);
    const labels = int([0, 1]);
    const of = (...args: unknown[]) => inputGradient(...(args as Parameters<typeof inputGradient>));
    const start = 'inputGradient: "';
    expect(() => of(linear, x, labels, crossEntropy, 1)).toThrow(`${start}where" must`);
    expect(() => of({}, x, labels, crossEntropy)).toThrow(
      `${start}model" must be a function, found an object with nothing. Pass asClassifier(model).`,
    );
    expect(() => of(linear, [[1]], labels, crossEntropy)).toThrow(`${start}x" must`);
    for (const [wrong, found] of [
      [[0, 1], '[0, 1]'],
      [int([0]), 'int32 [1]'],
      [{shape: [2]}, 'an object with shape'],
    ] as const) {
      expect(() => of(linear, x, wrong, crossEntropy)).toThrow(
        `${start}labels" must be a tensor with an entry for each of the 2 examples, ` +
          `found ${found}. Make it with tf.tensor1d(labels, 'int32').`,
      );
    }
    expect(() => of(linear, x, labels, 1)).toThrow(`${start}loss" must`);
    expect(() => of(linear, x, labels, () => 1)).toThrow(
      `${start}loss" must give a tensor [2], one value for each example, found 1. ` +
        'Return the tensor itself, from (logits, labels): a loss is synchronous.',
    );
    for (const loss of [
      (z: tf.Tensor2D) => tf.sum(z, 1, true),
      (z: tf.Tensor2D) => tf.mean(z),
      (z: tf.Tensor2D) => tf.zeros([z.shape[0] + 1]),
    ]) {
      expect(() => of(linear, x, labels, loss)).toThrow(
        /loss" must give a tensor \[2\], .* Leave out its tf\.mean or tf\.sum over the batch\.$/,
      );
    }
    expect(() => of(linear, x, labels, () => ({rank: 1, size: 2}))).toThrow(
      /loss" must give a tensor \[2\], .* Return the tensor itself/,
    );
    const oneRow = () => tf.zeros<tf.Rank.R2>([1, 2]);
    expect(() => of(oneRow, x, labels, crossEntropy)).toThrow('inputGradient: "');
  });
});
