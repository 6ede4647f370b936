import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {apgdLoss, lossesOf, sampledGradient} from '../../../src/attacks/apgd/evaluate';
import {countedPasses} from '../../../src/attacks/search/passes';
import {emptyOutcome} from '../../../src/attacks/search/problem';
import {crossEntropy} from '../../../src/losses/crossEntropy';
import {problemOf} from '../../support/problems';
import {expectClose, expectNoLeak, int, numbers} from '../../support/tensors';

const ONE = {positions: Int32Array.of(0), live: 1};

describe('apgdLoss', () => {
  it('has three names', () => {
    tf.tidy(() => {
      const z = tf.tensor2d([[3, 2, 5, 1]]);
      const labels = int([2]);
      let targets = int([0]);
      const of = (name: 'ce' | 'dlr' | 'targeted-dlr') => apgdLoss(name, () => targets);
      expectClose(of('ce')(z, labels), [0.185182], 1e-5);
      expectClose(of('dlr')(z, labels), [-2 / 3], 1e-5);
      const targeted = of('targeted-dlr');
      expectClose(targeted(z, labels), [-4 / 7], 1e-5);
      targets = int([3]);
      expectClose(targeted(z, labels), [-8 / 7], 1e-5);
    });
  });
});

describe('sampledGradient', () => {
  // The n-th evaluation has slope n.
  function setUp(failAt = Infinity) {
    let calls = 0;
    const model = (x: tf.Tensor2D): tf.Tensor2D => {
      calls++;
      if (calls - 1 === failAt) throw new Error('model failed');
      return tf.concat([tf.mul<tf.Tensor2D>(x, calls - 1), tf.zerosLike(x)], 1);
    };
    const problem = problemOf(model, [[0]], [0]);
    const outcome = emptyOutcome(1);
    return {problem, outcome, passes: countedPasses(problem, outcome)};
  }

  it('adds the gradients up, and has logits and losses of the last', async () => {
    const {problem, outcome, passes} = setUp();
    const x = tf.tensor2d([[1]]);
    const labels = int([0]);
    const sum = (logits: tf.Tensor2D) => tf.sum<tf.Tensor1D>(logits, 1);
    await expectNoLeak(async () => {
      const {gradient, logits, losses} = await sampledGradient(passes, ONE, x, labels, sum, 3);
      expect(numbers(gradient)).toEqual([1 + 2 + 3]);
      expect(Array.from(logits)).toEqual([3, 0]);
      expect(Array.from(losses)).toEqual([3]);
      gradient.dispose();
    });
    expect([outcome.forward[0], outcome.backward[0]]).toEqual([3, 3]);
    tf.dispose([problem.x, x, labels]);
  });

  it('leaks nothing when a later evaluation fails', async () => {
    const {problem, passes} = setUp(2);
    const x = tf.tensor2d([[1]]);
    const labels = int([0]);
    await expectNoLeak(async () => {
      await expect(sampledGradient(passes, ONE, x, labels, crossEntropy, 3)).rejects.toThrow(
        'model failed',
      );
    });
    tf.dispose([problem.x, x, labels]);
  });
});

describe('lossesOf', () => {
  it('are those of logits that were read', async () => {
    const labels = int([0, 1]);
    const x = tf.tensor2d([[1, 2], [3, 4]]); // prettier-ignore
    await expectNoLeak(async () => {
      const logits = Float32Array.of(3, 2, 5, 3, 2, 5);
      const losses = await lossesOf(logits, labels, crossEntropy, x);
      expectClose(losses, [2.169846, 3.169846], 1e-5);
      const seeing = {atInput: (at: tf.Tensor) => () => tf.sum<tf.Tensor1D>(at, 1)};
      expectClose(await lossesOf(logits, labels, seeing, x), [3, 7]);
    });
    tf.dispose([labels, x]);
  });
});
