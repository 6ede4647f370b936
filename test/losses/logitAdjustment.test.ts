import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {balancedSoftmax} from '../../src/losses/balancedSoftmax';
import {adjustLogits, logitAdjustedLoss} from '../../src/losses/logitAdjustment';
import {seeded} from '../support/models';
import {expectClose, int, numbers} from '../support/tensors';

const COUNTS = [100, 40, 10];

describe('logitAdjustedLoss', () => {
  it.each([0, 1, 2.5])('is balanced softmax with τ %d', (tau) => {
    tf.tidy(() => {
      const z = seeded<tf.Rank.R2>([4, 3], 9, 4);
      const labels = int([0, 1, 2, 2]);
      const expected = numbers(balancedSoftmax(z, labels, COUNTS, {tau}));
      expectClose(logitAdjustedLoss(z, labels, COUNTS, {tau}), expected, 1e-6);
    });
  });

  it('refuses counts and τ that do not fit', () => {
    const z = tf.zeros<tf.Rank.R2>([1, 3]);
    expect(() => logitAdjustedLoss(z, int([0]), [1, 2])).toThrow(
      /^logitAdjustedLoss: "classCounts"/,
    );
    expect(() => logitAdjustedLoss(z, int([0]), COUNTS, {tau: -1})).toThrow(/"tau"/);
    expect(() => logitAdjustedLoss(z, int([0]), COUNTS, {tau: 1e300})).toThrow(/"tau".*float32/);
  });
});

describe('adjustLogits', () => {
  it('takes τ log π from the logits, up to a constant', () => {
    tf.tidy(() => {
      const adjusted = numbers(adjustLogits(tf.zeros([1, 3]), COUNTS, {tau: 2}));
      expectClose(adjusted, [0, 2 * Math.log(100 / 40), 2 * Math.log(10)], 1e-6);
    });
  });

  it('undoes what the loss adds: the posterior of a balanced test set', () => {
    tf.tidy(() => {
      // p(c | x) ∝ π_c p(x | c): with equal likelihoods the adjusted logits are equal.
      const z = tf.log(tf.tensor2d([COUNTS.map((n) => n / 150)]));
      const values = numbers(adjustLogits(z as tf.Tensor2D, COUNTS));
      expect(Math.max(...values) - Math.min(...values)).toBeLessThan(1e-6);
    });
  });

  it('refuses logits and counts that do not fit', () => {
    expect(() => adjustLogits(tf.zeros([1, 3]), [1, 2])).toThrow(/^adjustLogits: "classCounts"/);
    expect(() => adjustLogits(tf.zeros([3]) as unknown as tf.Tensor2D, COUNTS)).toThrow(/"logits"/);
    expect(() => adjustLogits(tf.zeros([1, 3]), COUNTS, {tau: Infinity})).toThrow(/"tau"/);
  });
});
