import * as tf from '@tensorflow/tfjs-core';
import {fc} from '@fast-check/vitest';
import {describe, expect, it} from 'vitest';

import {crossEntropy} from '../../src/losses/crossEntropy';
import {tradesLoss} from '../../src/losses/tradesLoss';
import {seeded} from '../support/models';
import {expectClose, int, numbers} from '../support/tensors';

const seeds = fc.integer({min: 1, max: 1e6});

describe('tradesLoss', () => {
  it("with β 0 is the cross-entropy of the clean logits, as it is where x' = x", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        tf.tidy(() => {
          const clean = seeded<tf.Rank.R2>([3, 5], seed, 4);
          const adversarial = seeded<tf.Rank.R2>([3, 5], seed + 1, 4);
          const labels = int([seed % 5, 1, 4]);
          const expected = numbers(crossEntropy(clean, labels));
          expectClose(tradesLoss(clean, adversarial, labels, {beta: 0}), expected, 1e-7);
          expectClose(tradesLoss(clean, clean, labels), expected, 1e-5);
        });
      }),
      {numRuns: 20},
    );
  });

  it('is affine in β', () => {
    tf.tidy(() => {
      const [clean, adversarial] = [seeded<tf.Rank.R2>([4, 3], 1), seeded<tf.Rank.R2>([4, 3], 2)];
      const at = (beta: number) =>
        numbers(tradesLoss(clean, adversarial, int([0, 1, 2, 0]), {beta}));
      const [zero, one, five] = [at(0), at(1), at(5)];
      expectClose(
        five,
        zero.map((v, i) => v + 5 * ((one[i] as number) - v)),
        1e-5,
      );
    });
  });

  it('permuting the classes changes nothing', () => {
    tf.tidy(() => {
      const order = [2, 0, 3, 1];
      const permuted = (z: tf.Tensor2D) => tf.gather(z, int(order), 1);
      const [clean, adversarial] = [seeded<tf.Rank.R2>([3, 4], 5), seeded<tf.Rank.R2>([3, 4], 6)];
      const labels = [0, 3, 2];
      const moved = labels.map((y) => order.indexOf(y));
      expectClose(
        tradesLoss(permuted(clean), permuted(adversarial), int(moved)),
        numbers(tradesLoss(clean, adversarial, int(labels))),
        1e-6,
      );
    });
  });

  it('refuses a negative β and logits of another shape', () => {
    const z = tf.zeros<tf.Rank.R2>([2, 3]);
    expect(() => tradesLoss(z, z, int([0, 1]), {beta: -1})).toThrow(
      /^tradesLoss: "beta" must be a finite number >= 0, found -1/,
    );
    expect(() => tradesLoss(z, tf.zeros([2, 4]), int([0, 1]))).toThrow(
      /^tradesLoss: "adversarialLogits" must have the shape \[2, 3\]/,
    );
    expect(() => tradesLoss(tf.zeros([2]) as unknown as tf.Tensor2D, z, int([0, 1]))).toThrow(
      /^tradesLoss: "cleanLogits" must be a float32 tensor/,
    );
    expect(() => tradesLoss(z, z, int([0, 1]), {Beta: 1} as object)).toThrow(/Did you mean "beta"/);
  });
});
