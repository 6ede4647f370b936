import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {ardLoss} from '../../src/losses/ardLoss';
import {crossEntropy} from '../../src/losses/crossEntropy';
import {distillationLoss} from '../../src/losses/distillationLoss';
import {seeded} from '../support/models';
import {expectClose, int, numbers} from '../support/tensors';

const matrix = (seed: number) => seeded<tf.Rank.R2>([3, 4], seed, 2);
const labels = () => int([0, 1, 3]);

describe('ardLoss', () => {
  it('with α 0 is the cross-entropy of the clean logits', () => {
    tf.tidy(() => {
      const student = {adversarial: matrix(1), clean: matrix(2)};
      const expected = numbers(crossEntropy(student.clean, labels()));
      expectClose(ardLoss(matrix(3), student, labels(), {alpha: 0}), expected, 1e-7);
    });
  });

  it('on one input is the plain distillation', () => {
    tf.tidy(() => {
      const [z, teacher] = [matrix(1), matrix(2)];
      const options = {alpha: 0.4, temperature: 3};
      expectClose(
        ardLoss(teacher, {adversarial: z, clean: z}, labels(), options),
        numbers(distillationLoss(teacher, z, labels(), options)),
        1e-6,
      );
    });
  });

  it('needs clean logits only below α 1, and checks its options', () => {
    const z = tf.zeros<tf.Rank.R2>([2, 3]);
    const y = int([0, 1]);
    expectClose(ardLoss(z, {adversarial: z}, y), [0, 0]);
    expect(() => ardLoss(z, {adversarial: z}, y, {alpha: 0.9})).toThrow(
      /^ardLoss: "student.clean" must be given: its weight is not 0, found undefined/,
    );
    expect(() => ardLoss(z, {adversarial: z}, y, {alpha: 1.5})).toThrow(/^ardLoss: "alpha"/);
    expect(() => ardLoss(z, {adversarial: z}, y, {temperature: 0})).toThrow(/"temperature"/);
    expect(() => ardLoss(z, {adversarial: z}, y, {classReduction: 'batch' as 'sum'})).toThrow(
      /"classReduction" must be one of 'sum', 'mean', found 'batch'/,
    );
    expect(() => ardLoss(tf.zeros([2, 4]), {adversarial: z}, y)).toThrow(/"teacherLogits"/);
  });
});
