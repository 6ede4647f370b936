import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {boostedCrossEntropy} from '../../src/losses/boostedCrossEntropy';
import {martLoss} from '../../src/losses/martLoss';
import {seeded} from '../support/models';
import {expectClose, int, numbers} from '../support/tensors';

describe('martLoss', () => {
  it('with λ 0 does not see the clean logits', () => {
    tf.tidy(() => {
      const [clean, adversarial] = [seeded<tf.Rank.R2>([3, 4], 1), seeded<tf.Rank.R2>([3, 4], 2)];
      const labels = int([0, 3, 1]);
      const expected = numbers(boostedCrossEntropy(adversarial, labels));
      expectClose(martLoss(clean, adversarial, labels, {lambda: 0}), expected, 1e-7);
      expectClose(martLoss(adversarial, adversarial, labels), expected, 1e-5);
    });
  });

  it('weighs the divergence by the doubt about the true class', () => {
    tf.tidy(() => {
      const adversarial = tf.zeros<tf.Rank.R2>([2, 2]);
      const clean = tf.tensor2d([
        [3, 0],
        [0, 3],
      ]);
      const boosted = boostedCrossEntropy(adversarial, int([0, 0]));
      const added = numbers(tf.sub(martLoss(clean, adversarial, int([0, 0])), boosted));
      // The same divergence; p_y = σ(3) in the first, σ(-3) in the second.
      expect((added[1] as number) / (added[0] as number)).toBeCloseTo(Math.exp(3), 3);
    });
  });

  it('refuses a negative λ and logits of another shape', () => {
    const z = tf.zeros<tf.Rank.R2>([2, 3]);
    expect(() => martLoss(z, z, int([0, 1]), {lambda: -1})).toThrow(
      /^martLoss: "lambda" must be a finite number >= 0, found -1/,
    );
    expect(() => martLoss(z, tf.zeros([2, 4]), int([0, 1]))).toThrow(
      /^martLoss: "adversarialLogits" must have the shape \[2, 3\]/,
    );
  });
});
