import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {ardTraining} from '../../src/methods/ardTraining';
import {preparedStep} from '../support/preparedSteps';
import {cornerDataset, denseNet, quickAttack} from '../support/trainings';

describe('ardTraining', () => {
  it('is 0, where the student is its own teacher and the attack does nothing', async () => {
    const net = denseNet({batchNorm: false});
    const batch = cornerDataset([2, 2, 2]).batch([0, 2, 4]) as {
      x: tf.Tensor2D;
      labels: tf.Tensor1D;
    };
    const method = ardTraining<tf.Tensor2D>({teacher: net, attack: (_, x) => tf.clone(x)});
    const model = (x: tf.Tensor2D) => net.predict(x) as tf.Tensor2D;
    const {loss, dispose} = await preparedStep(method, model, batch);
    expect(Math.abs(loss())).toBeLessThan(1e-4); // of T² = 900 times rounding
    dispose();
    net.dispose();
  });

  it.each([
    [0.5, 'shared', 2],
    [1, 'shared', 1],
    [1, 'published', 2],
  ] as const)(
    'with α %d and %s passes takes %d training passes',
    async (alpha, passes, expected) => {
      const net = denseNet({batchNorm: false});
      const batch = cornerDataset([2, 2, 2]).batch([0, 2, 4]) as {
        x: tf.Tensor2D;
        labels: tf.Tensor1D;
      };
      const method = ardTraining<tf.Tensor2D>({
        ...{teacher: net, attack: (_, x) => tf.clone(x), alpha, passes},
      });
      let calls = 0;
      const model = (x: tf.Tensor2D) => {
        calls++;
        return net.predict(x) as tf.Tensor2D;
      };
      const {loss, dispose} = await preparedStep(method, model, batch);
      calls = 0;
      loss();
      expect(calls).toBe(expected);
      dispose();
      net.dispose();
    },
  );

  it('refuses options out of range', () => {
    const teacher = (x: tf.Tensor2D) => x;
    const call = (options: object) =>
      ardTraining<tf.Tensor2D>({teacher, attack: quickAttack, ...options});
    expect(() => call({alpha: 2})).toThrow(/^ardTraining: "alpha"/);
    expect(() => call({temperature: 0})).toThrow(/"temperature"/);
    expect(() => call({classReduction: 'max'})).toThrow(/"classReduction"/);
    expect(() => call({attackMode: 'eval'})).toThrow(/"attackMode"/);
    expect(() => call({passes: 'all'})).toThrow(/"passes"/);
    expect(() => ardTraining({teacher: 5 as unknown as typeof teacher})).toThrow(
      /ardTraining, teacher/,
    );
  });
});
