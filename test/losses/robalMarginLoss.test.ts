import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {crossEntropy} from '../../src/losses/crossEntropy';
import {robalMarginLoss} from '../../src/losses/robalMarginLoss';
import {seeded} from '../support/models';
import {expectClose, int, numbers} from '../support/tensors';

const COUNTS = [100, 40, 10, 5];
const PLAIN = {margin: 0, scale: 1, priorTau: 0, marginTau: 0};

describe('robalMarginLoss', () => {
  it('without margins, prior and scale is cross-entropy', () => {
    tf.tidy(() => {
      const z = seeded<tf.Rank.R2>([4, 4], 2);
      const labels = int([0, 1, 2, 3]);
      const expected = numbers(crossEntropy(z, labels));
      expectClose(robalMarginLoss(z, labels, COUNTS, PLAIN), expected, 1e-6);
    });
  });

  it('has the margins of the specification, larger for frequent classes', () => {
    tf.tidy(() => {
      const margins = [0.18987197, 0.16238325, 0.12079442, 0.1];
      margins.forEach((m, c) => {
        const z = tf.zeros<tf.Rank.R2>([1, 4]);
        const loss = robalMarginLoss(z, int([c]), COUNTS, {priorTau: 0});
        expectClose(loss, [Math.log1p(3 * Math.exp(10 * m))], 1e-6);
      });
    });
  });

  it('adds τ_b log π after scaling', () => {
    tf.tidy(() => {
      const bias = [-0.6573824, -2.03181849, -4.11126004, -5.15098081];
      const loss = robalMarginLoss(tf.zeros([1, 4]), int([3]), COUNTS, {margin: 0, marginTau: 0});
      expectClose(loss, numbers(crossEntropy(tf.tensor2d([bias]), int([3]))), 1e-6);
    });
  });

  it('refuses options out of range', () => {
    const call = (options: object) => robalMarginLoss(tf.zeros([1, 4]), int([0]), COUNTS, options);
    for (const name of ['margin', 'priorTau', 'marginTau']) {
      expect(() => call({[name]: -1})).toThrow(new RegExp(`^robalMarginLoss: "${name}"`));
    }
    expect(() => call({scale: 0})).toThrow(/"scale"/);
  });
});
