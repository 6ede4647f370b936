import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {klDivergence} from '../../src/losses/klDivergence';
import {rsladLoss} from '../../src/losses/rsladLoss';
import {seeded} from '../support/models';
import {expectClose, numbers} from '../support/tensors';

const matrix = (seed: number) => seeded<tf.Rank.R2>([3, 4], seed, 2);

describe('rsladLoss', () => {
  it("is 0 where both answers are the teacher's", () => {
    tf.tidy(() => {
      const z = matrix(1);
      expectClose(rsladLoss(z, {adversarial: z, clean: z}), [0, 0, 0], 1e-6);
    });
  });

  it('with weight 1 needs no clean logits; the mean over classes is smaller by their number', () => {
    tf.tidy(() => {
      const [teacher, adversarial] = [matrix(1), matrix(2)];
      const expected = numbers(klDivergence(teacher, adversarial));
      expectClose(rsladLoss(teacher, {adversarial}, {weight: 1}), expected, 1e-6);
      expectClose(
        rsladLoss(teacher, {adversarial}, {weight: 1, classReduction: 'mean'}),
        expected.map((v) => v / 4),
        1e-6,
      );
    });
  });

  it('refuses what does not fit', () => {
    const z = tf.zeros<tf.Rank.R2>([2, 3]);
    expect(() => rsladLoss(z, {adversarial: z})).toThrow(
      /^rsladLoss: "student.clean" must be given/,
    );
    expect(() => rsladLoss(z, {adversarial: z, clean: tf.zeros([2, 4])})).toThrow(
      /^rsladLoss: "student.clean" must have the shape \[2, 3\]/,
    );
    expect(() => rsladLoss(z, {adversarial: z}, {weight: 2})).toThrow(/"weight"/);
    expect(() => rsladLoss(z, {adversarial: z}, {classReduction: 'none' as 'sum'})).toThrow(
      /"classReduction"/,
    );
  });
});
