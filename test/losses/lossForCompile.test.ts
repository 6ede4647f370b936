import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import {describe, expect, it} from 'vitest';

import type {Loss} from '../../src/core/loss';
import {balancedSoftmax} from '../../src/losses/balancedSoftmax';
import {crossEntropy} from '../../src/losses/crossEntropy';
import {lossForCompile} from '../../src/losses/lossForCompile';
import {martLoss} from '../../src/losses/martLoss';
import {tradesLoss} from '../../src/losses/tradesLoss';
import {seeded} from '../support/models';
import {expectClose, expectNoLeak, int, numbers} from '../support/tensors';

const LOGITS = [
  [3, 2, 5],
  [0, -1, 1],
];
const LABELS = [0, 2];
const balanced: Loss = (logits, labels) => balancedSoftmax(logits, labels, [50, 5, 1]);
const oneHot = () => tf.oneHot(int(LABELS), 3);
const expected = () => numbers(crossEntropy(tf.tensor2d(LOGITS), int(LABELS)));

describe('lossForCompile', () => {
  it('takes logits by default', () => {
    const loss = lossForCompile(crossEntropy);
    expectClose(loss(oneHot(), tf.tensor2d(LOGITS)), expected(), 1e-6);
    const named = lossForCompile(crossEntropy, {output: 'logits'});
    expectClose(named(oneHot(), tf.tensor2d(LOGITS)), expected(), 1e-6);
  });

  it('takes probabilities, with the gradient of the logits behind them', () => {
    const loss = lossForCompile(crossEntropy, {output: 'probabilities'});
    expectClose(loss(oneHot(), tf.softmax(tf.tensor2d(LOGITS))), expected(), 1e-5);
    const through = tf.grad((z: tf.Tensor) => loss(oneHot(), tf.softmax(z as tf.Tensor2D)));
    const direct = tf.grad((z: tf.Tensor) => crossEntropy(z as tf.Tensor2D, int(LABELS)));
    const z = tf.tensor2d(LOGITS);
    expectClose(through(z), numbers(direct(z)), 1e-5);
  });

  it('is finite where a probability underflows to 0, and exact where it nearly does', () => {
    const loss = lossForCompile(crossEntropy, {output: 'probabilities'});
    const {value, grad} = tf.valueAndGrad((z: tf.Tensor) =>
      loss(tf.tensor1d([1, 1]), tf.softmax(z as tf.Tensor2D)),
    )(
      tf.tensor2d([
        [1e4, -1e4],
        [60, 0],
      ]),
    );
    expectClose(value, [-Math.log(1e-30), 60], 1e-5);
    expectClose(grad, [0, 0, 1, -1], 1e-4);
  });

  it.each([
    ['one-hot float32', () => tf.cast(oneHot(), 'float32')],
    ['one-hot bool', () => tf.cast(oneHot(), 'bool')],
    ['float32 [batch, 1]', () => tf.tensor2d([[0], [2]])],
    ['float32 [batch]', () => tf.tensor1d(LABELS)],
    ['int32 [batch]', () => int(LABELS)],
  ])('takes targets that are %s', (_, targets) => {
    expectClose(lossForCompile(crossEntropy)(targets(), tf.tensor2d(LOGITS)), expected(), 1e-6);
  });

  it('tells one-hot targets from class numbers where classes and batch agree', () => {
    const z = tf.tensor2d([
      [1, 0],
      [3, 0],
    ]);
    const loss = lossForCompile(crossEntropy);
    const target = tf.tensor2d([
      [0, 1],
      [1, 0],
    ]);
    expectClose(loss(target, z), numbers(crossEntropy(z, int([1, 0]))), 1e-6);
    const single = tf.tensor2d([[1, 0]]);
    expectClose(loss(tf.tensor2d([[0, 1]]), single), numbers(crossEntropy(single, int([1]))), 1e-6);
  });

  it('leaks nothing and refuses targets and outputs that do not fit', async () => {
    const loss = lossForCompile(balanced, {output: 'probabilities'});
    const [targets, z, wrong, vector] = [oneHot(), tf.tensor2d(LOGITS), tf.zeros([2, 4]), int([1])];
    await expectNoLeak(() => {
      loss(targets, z).dispose();
    });
    await expectNoLeak(() => {
      expect(() => loss(wrong, z)).toThrow(
        'lossForCompile: "yTrue" must be [2, 3], a weight for each class, or class numbers [2], ' +
          'found a tensor [2, 4]. For one-hot targets use tf.oneHot(labels, classes).',
      );
      expect(() => loss(vector, z)).toThrow(/"yTrue".*found a tensor \[1\]/);
      expect(() => loss(targets, vector)).toThrow(
        /^lossForCompile: "yPred" must be a float32 tensor \[batch, classes\], found int32 \[1\]/,
      );
    });
    // Two numbers, but not one for each example.
    expect(() => loss(tf.zeros([1, 2]), z)).toThrow(/"yTrue".*found a tensor \[1, 2\]/);
    expect(() => lossForCompile(balanced, {output: 'softmax' as 'logits'})).toThrow(
      /^lossForCompile: "output" must be one of 'logits', 'probabilities', found 'softmax'/,
    );
    expect(() => lossForCompile(balanced, {outputs: 'logits'} as object)).toThrow(
      /^lossForCompile: "outputs" must be one of its options/,
    );
  });

  it('weighs smoothed and mixed targets, with a loss that knows class numbers only too', () => {
    tf.tidy(() => {
      const targets = tf.tensor2d([
        [0.5, 0.5, 0],
        [0.1, 0.3, 0.6],
      ]);
      const z = tf.tensor2d(LOGITS);
      const soft = numbers(tf.neg(tf.sum(tf.mul(targets, tf.logSoftmax(z)), 1)));
      const mine: Loss = (logits, labels) =>
        tf.neg(tf.sum<tf.Tensor1D>(tf.mul(tf.oneHot(labels, 3), tf.logSoftmax(logits)), 1));
      expectClose(lossForCompile(crossEntropy)(targets, z), soft, 1e-6);
      expectClose(lossForCompile(crossEntropy, {targets: 'weights'})(targets, z), soft, 1e-6);
      expectClose(lossForCompile(mine)(targets, z), soft, 1e-6);
      const gradient = tf.grad((logits: tf.Tensor) => lossForCompile(mine)(targets, logits));
      expectClose(gradient(z), numbers(tf.sub(tf.softmax(z), targets)), 1e-6);
    });
  });

  it('takes TRADES and MART with clean and adversarial halves of one batch', () => {
    tf.tidy(() => {
      const halves =
        (
          pair: (clean: tf.Tensor2D, adversarial: tf.Tensor2D, y: tf.Tensor1D) => tf.Tensor1D,
        ): Loss =>
        (logits, labels) => {
          const [clean, adversarial] = tf.split(logits, 2) as [tf.Tensor2D, tf.Tensor2D];
          const loss = pair(clean, adversarial, tf.split(labels, 2)[0] as tf.Tensor1D);
          return tf.concat([loss, loss]);
        };
      const [clean, adversarial] = [tf.tensor2d(LOGITS), tf.tensor2d([...LOGITS].reverse())];
      for (const pair of [tradesLoss, martLoss]) {
        const loss = lossForCompile(halves(pair));
        const found = loss(tf.concat([oneHot(), oneHot()]), tf.concat([clean, adversarial]));
        expectClose(tf.mean(found), numbers(tf.mean(pair(clean, adversarial, int(LABELS)))), 1e-6);
      }
    });
  });

  it('refuses targets it does not know', () => {
    expect(() => lossForCompile(balanced, {targets: 'soft' as 'weights'})).toThrow(
      /^lossForCompile: "targets" must be one of 'classes', 'weights', found 'soft'/,
    );
  });

  const trained = async (output: 'logits' | 'probabilities') => {
    const model = layers.sequential({
      layers: [
        layers.layers.dense({
          inputShape: [2],
          units: 3,
          kernelInitializer: layers.initializers.glorotUniform({seed: 5}),
          ...(output === 'probabilities' ? {activation: 'softmax' as const} : {}),
        }),
      ],
    });
    const x = seeded<tf.Rank.R2>([30, 2], 3, 2);
    const labels = tf.argMax<tf.Tensor1D>(tf.matMul(x, seeded<tf.Rank.R2>([2, 3], 4)), 1);
    const y = tf.oneHot(labels, 3);
    model.compile({optimizer: 'sgd', loss: lossForCompile(balanced, {output})});
    const fitted = await model.fit(x, y, {epochs: 5, batchSize: 10, shuffle: false});
    const refusal = model.fit(x, labels, {epochs: 1});
    await expect(refusal).rejects.toThrow(/target expected a batch of elements/);
    return {
      losses: fitted.history['loss'] as number[],
      weights: model.getWeights().flatMap((w) => numbers(w)),
    };
  };

  it('trains a tf.layers model in fit, the same with logits as with a softmax', async () => {
    const fromLogits = await trained('logits');
    const fromProbabilities = await trained('probabilities');
    fromLogits.losses.slice(1).forEach((loss, i) => {
      expect(loss).toBeLessThan(fromLogits.losses[i] as number);
    });
    expectClose(fromProbabilities.losses, fromLogits.losses, 1e-4);
    expectClose(fromProbabilities.weights, fromLogits.weights, 1e-4);
  });
});
