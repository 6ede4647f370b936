import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {crossEntropy} from '../../src/losses/crossEntropy';
import {ldamLoss} from '../../src/losses/ldamLoss';
import {seeded} from '../support/models';
import {expectClose, int, numbers} from '../support/tensors';

const COUNTS = [100, 40, 10, 5];

describe('ldamLoss', () => {
  it('has the margins of the specification', () => {
    tf.tidy(() => {
      // Of two equal logits the loss is log(1 + e^m).
      const margins = [0.2364354, 0.29730178, 0.42044821, 0.5];
      margins.forEach((m, c) => {
        const z = tf.tensor2d([
          [0, 0, 0, 0].map((_, k) => (k === c || k === (c + 1) % 4 ? 0 : -500)),
        ]);
        expectClose(ldamLoss(z, int([c]), COUNTS, {scale: 1}), [Math.log1p(Math.exp(m))], 1e-6);
      });
    });
  });

  it('without a margin is cross-entropy of s z, with one never below', () => {
    tf.tidy(() => {
      const z = seeded<tf.Rank.R2>([6, 4], 4, 2);
      const labels = int([0, 1, 2, 3, 0, 3]);
      const scaled = numbers(crossEntropy(tf.mul(z, 7), labels));
      expectClose(ldamLoss(z, labels, COUNTS, {scale: 7, maxMargin: 0}), scaled, 1e-6);
      const found = numbers(ldamLoss(z, labels, COUNTS, {scale: 7}));
      found.forEach((v, i) => expect(v).toBeGreaterThanOrEqual(scaled[i] as number));
    });
  });

  it('with power 0 gives all classes the largest margin', () => {
    tf.tidy(() => {
      const z = tf.zeros<tf.Rank.R2>([2, 2]);
      const options = {power: 0, scale: 1, maxMargin: 1};
      const expected = Math.log1p(Math.E);
      expectClose(ldamLoss(z, int([0, 1]), [90, 10], options), [expected, expected], 1e-6);
    });
  });

  it('refuses options out of range', () => {
    const z = tf.zeros<tf.Rank.R2>([1, 4]);
    const call = (options: object, counts = COUNTS) => ldamLoss(z, int([0]), counts, options);
    expect(() => call({maxMargin: -1})).toThrow(/^ldamLoss: "maxMargin"/);
    expect(() => call({scale: 0})).toThrow(/"scale" must be a finite number > 0/);
    expect(() => call({power: -1})).toThrow(/"power"/);
    expect(() => call({classWeights: [1, 2]})).toThrow(/"classWeights" must have one weight/);
    expect(() => call({reduction: 'sum'})).toThrow(/"reduction"/);
    expect(() => call({}, [1, 2, 3])).toThrow(/"classCounts"/);
  });
});
