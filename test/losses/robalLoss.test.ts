import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {crossEntropy} from '../../src/losses/crossEntropy';
import {robalLoss} from '../../src/losses/robalLoss';
import {robalTraining} from '../../src/methods/robalTraining';
import {robalMarginLoss} from '../../src/losses/robalMarginLoss';
import {tradesLoss} from '../../src/losses/tradesLoss';
import {seeded} from '../support/models';
import {expectClose, int, numbers} from '../support/tensors';

const COUNTS = [100, 40, 10, 5];

describe('robalLoss', () => {
  it('is its margin loss without regularisation, and TRADES without margins', () => {
    tf.tidy(() => {
      const [clean, adversarial] = [seeded<tf.Rank.R2>([3, 4], 1), seeded<tf.Rank.R2>([3, 4], 2)];
      const labels = int([0, 3, 1]);
      expectClose(
        robalLoss(clean, adversarial, labels, COUNTS, {regularization: 0}),
        numbers(robalMarginLoss(adversarial, labels, COUNTS)),
        1e-6,
      );
      expectClose(
        robalLoss(clean, adversarial, labels, COUNTS, {adversarialWeight: 0, naturalWeight: 1}),
        numbers(tradesLoss(clean, adversarial, labels)),
        1e-5,
      );
      const natural = robalLoss(clean, clean, labels, COUNTS, {
        adversarialWeight: 0,
        naturalWeight: 2,
      });
      expectClose(
        natural,
        numbers(crossEntropy(clean, labels)).map((v) => 2 * v),
        1e-5,
      );
    });
  });

  it('refuses weights out of range', () => {
    const z = tf.zeros<tf.Rank.R2>([1, 4]);
    for (const name of ['adversarialWeight', 'naturalWeight', 'regularization']) {
      expect(() => robalLoss(z, z, int([0]), COUNTS, {[name]: -1})).toThrow(
        new RegExp(`^robalLoss: "${name}"`),
      );
    }
    for (const scale of [0, 1e300, 1e-300]) {
      expect(() => robalLoss(z, z, int([0]), COUNTS, {scale})).toThrow(/^robalLoss: "scale"/);
      expect(() => robalTraining({classCounts: COUNTS, scale})).toThrow(/^robalTraining: "scale"/);
    }
  });
});
