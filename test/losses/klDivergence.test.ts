import * as tf from '@tensorflow/tfjs-core';
import {fc} from '@fast-check/vitest';
import {describe, expect, it} from 'vitest';

import {crossEntropy} from '../../src/losses/crossEntropy';
import {klDivergence} from '../../src/losses/klDivergence';
import {seeded} from '../support/models';
import {expectClose, int, numbers} from '../support/tensors';

const CLEAN = [[2, 0, -1]];
const ADVERSARIAL = [[1, 0.5, -1]];

const pair = (target: tf.Tensor, z: tf.Tensor, temperature?: number) =>
  klDivergence(
    target as tf.Tensor2D,
    z as tf.Tensor2D,
    temperature === undefined ? {} : {temperature},
  );

describe('klDivergence', () => {
  it('has the value and gradient of attacks.md 12.3', () => {
    tf.tidy(() => {
      const target = tf.tensor2d(CLEAN);
      const {value, grad} = tf.valueAndGrad((z: tf.Tensor) => pair(target, z))(
        tf.tensor2d(ADVERSARIAL),
      );
      expectClose(value, [0.17180803], 1e-6);
      expectClose(grad, [-0.26969774, 0.23401223, 0.03568551], 1e-6);
    });
  });

  it('has the gradient P (log P - log Q - KL) to the target', () => {
    tf.tidy(() => {
      const z = tf.tensor2d(ADVERSARIAL);
      const grad = tf.grad((t: tf.Tensor) => pair(t, z))(tf.tensor2d(CLEAN));
      const logP = numbers(tf.logSoftmax(tf.tensor2d(CLEAN)));
      const logQ = numbers(tf.logSoftmax(z));
      expectClose(
        grad,
        logP.map((log, c) => Math.exp(log) * (log - (logQ[c] as number) - 0.17180803)),
        1e-6,
      );
    });
  });

  it('is the cross-entropy where the target is certain', () => {
    tf.tidy(() => {
      const z = tf.tensor2d([[0.3, -1, 2]]);
      const losses = pair(tf.tensor2d([[0, 1e4, 0]]), z);
      expectClose(losses, numbers(crossEntropy(z, int([1]))), 1e-6);
    });
  });

  it('multiplies by T²: of large temperature it is half the variance of the difference', () => {
    tf.tidy(() => {
      // (1/2C) Σ_c (d_c - mean d)², d = (1, -0.5, 0)
      const limit = (0.8333333 ** 2 + 0.6666667 ** 2 + 0.1666667 ** 2) / 6;
      expectClose(pair(tf.tensor2d(CLEAN), tf.tensor2d(ADVERSARIAL), 100), [limit], 5e-3);
      expectClose(
        pair(tf.tensor2d([[4, 0, -2]]), tf.tensor2d([[2, 1, -2]]), 2),
        [4 * 0.17180803],
        1e-6,
      );
      expectClose(pair(tf.tensor2d(CLEAN), tf.tensor2d(ADVERSARIAL), 1), [0.17180803], 1e-6);
    });
  });

  it('is never negative, and zero with zero gradients where rows differ by a constant', () => {
    const property = fc.property(fc.integer({min: 1, max: 1e6}), (seed) => {
      tf.tidy(() => {
        const t = seeded<tf.Rank.R2>([3, 5], seed, 10);
        const z = seeded<tf.Rank.R2>([3, 5], seed + 1, 10);
        expect(numbers(pair(t, z)).every((v) => v > 0)).toBe(true);
        const shifted = tf.add(t, tf.tensor2d([[1], [-2], [0]]));
        expectClose(pair(t, shifted), [0, 0, 0], 1e-5);
        for (const grad of tf.grads((a: tf.Tensor, b: tf.Tensor) => pair(a, b))([t, shifted])) {
          expectClose(grad, new Float32Array(15), 1e-5);
        }
      });
    });
    fc.assert(property, {numRuns: 25});
  });

  it('refuses other shapes and temperatures', () => {
    const z = tf.zeros([2, 3]);
    expect(() => pair(tf.zeros([3]), z)).toThrow(
      /^klDivergence: "targetLogits" must be a float32 tensor \[batch, classes\], found float32 \[3\]/,
    );
    expect(() => pair(tf.zeros([2, 4]), z)).toThrow(
      /^klDivergence: "logits" must have the shape \[2, 4\], found float32 \[2, 3\]/,
    );
    expect(() => pair(z, z, 0)).toThrow(
      /^klDivergence: "temperature" must be a finite number > 0, found 0/,
    );
    expect(() => pair(z, z, Infinity)).toThrow(/"temperature".*found Infinity/);
    expect(() =>
      klDivergence(z as tf.Tensor2D, z as tf.Tensor2D, {Temperature: 2} as object),
    ).toThrow(/^klDivergence: "Temperature" must .*Did you mean "temperature"/);
  });
});
