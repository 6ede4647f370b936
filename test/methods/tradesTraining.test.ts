import * as tf from '@tensorflow/tfjs-core';
import {fc} from '@fast-check/vitest';
import {describe, expect, it} from 'vitest';

import type {AttackLoss} from '../../src/core/loss';
import {lossAt} from '../../src/core/loss';
import type {Attack} from '../../src/core/attack';
import {balancedSoftmax} from '../../src/losses/balancedSoftmax';
import {crossEntropy} from '../../src/losses/crossEntropy';
import {klDivergence} from '../../src/losses/klDivergence';
import {tradesTraining} from '../../src/methods/tradesTraining';
import {seeded} from '../support/models';
import {preparedStep} from '../support/preparedSteps';
import {expectClose, int, numbers} from '../support/tensors';

type Vectors = tf.Tensor2D;

const linear = (seed: number) => {
  const w = seeded<tf.Rank.R2>([3, 4], seed, 2);
  return (x: Vectors): tf.Tensor2D => tf.matMul(x, w);
};
const raised: Attack<Vectors> = (_, x) => tf.add<Vectors>(x, 0.1);

describe('tradesTraining', () => {
  it('with β 0 descends the cross-entropy of the clean inputs', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({min: 1, max: 1e6}), async (seed) => {
        const model = linear(seed);
        const batch = {x: seeded<tf.Rank.R2>([5, 3], seed + 1), labels: int([0, 1, 2, 3, 0])};
        const method = tradesTraining<Vectors>({beta: 0, attack: raised});
        const {loss, dispose} = await preparedStep(method, model, batch);
        const plain = tf.tidy(() => tf.mean(crossEntropy(model(batch.x), batch.labels)));
        expectClose([loss()], numbers(plain), 1e-6);
        dispose();
      }),
      {numRuns: 10},
    );
  });

  it('descends another loss and the divergence from the clean answer', async () => {
    const model = linear(4);
    const batch = {x: seeded<tf.Rank.R2>([4, 3], 2), labels: int([0, 1, 2, 3])};
    const counts = [40, 20, 10, 5];
    const method = tradesTraining<Vectors>({
      ...{beta: 2, attack: raised},
      loss: (z, y) => balancedSoftmax(z, y, counts),
    });
    const {loss, dispose} = await preparedStep(method, model, batch);
    const expected = tf.tidy(() => {
      const clean = model(batch.x);
      const divergence = klDivergence(clean, model(tf.add(batch.x, 0.1)));
      return numbers(
        tf.mean(tf.add(balancedSoftmax(clean, batch.labels, counts), tf.mul(2, divergence))),
      );
    });
    expectClose([loss()], expected, 1e-6);
    dispose();
  });

  it('hands the divergence from the clean answer to the attack', async () => {
    const model = linear(4);
    const batch = {x: seeded<tf.Rank.R2>([4, 3], 2), labels: int([0, 1, 2, 3])};
    let seen: AttackLoss | undefined;
    const method = tradesTraining<Vectors>({
      attack: (_, x, _labels, context) => {
        seen = context?.loss;
        return tf.add<Vectors>(x, 0.1);
      },
    });
    const {dispose} = await preparedStep(method, model, batch);
    tf.tidy(() => {
      const z = seeded<tf.Rank.R2>([4, 4], 9);
      const found = lossAt(seen as AttackLoss, batch.x)(z, batch.labels);
      expectClose(found, numbers(klDivergence(model(batch.x), z)), 1e-6);
    });
    dispose();
  });

  it('permuting the classes permutes the gradients', async () => {
    const order = [2, 0, 3, 1];
    const labels = [0, 3, 2, 2];
    const x = seeded<tf.Rank.R2>([4, 3], 2);
    const w = seeded<tf.Rank.R2>([3, 4], 7, 2);
    const gradientFor = async (kernel: tf.Tensor2D, classes: number[]) => {
      const model = (input: Vectors): tf.Tensor2D => tf.matMul(input, kernel);
      const batch = {x, labels: int(classes)};
      const {objective, dispose} = await preparedStep(
        tradesTraining<Vectors>({attack: raised}),
        model,
        batch,
      );
      const gradient = tf.grad((k: tf.Tensor) =>
        objective.loss((input) => {
          const logits = tf.matMul<tf.Tensor2D>(input, k);
          return {logits, features: input};
        }),
      )(kernel);
      dispose();
      return gradient;
    };
    const plain = await gradientFor(w, labels);
    const permuted = await gradientFor(
      tf.gather(w, int(order), 1),
      labels.map((y) => order.indexOf(y)),
    );
    expectClose(permuted, numbers(tf.gather(plain, int(order), 1)), 1e-5);
  });

  it('refuses options out of range', () => {
    expect(() => tradesTraining({beta: -1})).toThrow(/^tradesTraining: "beta"/);
    expect(() => tradesTraining({attackMode: 'eval' as 'training'})).toThrow(/"attackMode"/);
    expect(() => tradesTraining({passes: 'both' as 'shared'})).toThrow(
      /"passes" must be one of 'shared', 'published', found 'both'/,
    );
  });
});
