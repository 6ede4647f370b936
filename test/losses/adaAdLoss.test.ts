import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {adaAdLoss} from '../../src/losses/adaAdLoss';
import {klDivergence} from '../../src/losses/klDivergence';
import {seeded} from '../support/models';
import {expectClose, numbers} from '../support/tensors';

const matrix = (seed: number) => seeded<tf.Rank.R2>([3, 4], seed, 2);

describe('adaAdLoss', () => {
  it('as released sees the adversarial input only, with λ 0 the clean one only', () => {
    tf.tidy(() => {
      const teacher = {adversarial: matrix(1), clean: matrix(2)};
      const student = {adversarial: matrix(3), clean: matrix(4)};
      expectClose(
        adaAdLoss(teacher, student),
        numbers(klDivergence(teacher.adversarial, student.adversarial)),
        1e-7,
      );
      expectClose(
        adaAdLoss(teacher, student, {lambda: 0}),
        numbers(klDivergence(teacher.clean, student.clean)),
        1e-7,
      );
    });
  });

  it("divides both parts by the number of classes for 'mean'", () => {
    tf.tidy(() => {
      const teacher = {adversarial: matrix(1), clean: matrix(2)};
      const student = {adversarial: matrix(3), clean: matrix(4)};
      for (const lambda of [1, 0.3]) {
        const sums = numbers(adaAdLoss(teacher, student, {lambda}));
        const means = adaAdLoss(teacher, student, {lambda, classReduction: 'mean'});
        expectClose(
          means,
          sums.map((value) => value / 4),
          1e-6,
        );
      }
    });
  });

  it('refuses what does not fit', () => {
    const z = tf.zeros<tf.Rank.R2>([2, 3]);
    expect(() => adaAdLoss({adversarial: z}, {adversarial: z, clean: z}, {lambda: 0.5})).toThrow(
      /^adaAdLoss: "teacher.clean" must be given/,
    );
    expect(() => adaAdLoss({adversarial: tf.zeros([2, 4])}, {adversarial: z})).toThrow(
      /"teacher.adversarial" must have the shape \[2, 3\]/,
    );
    expect(() => adaAdLoss({adversarial: z}, {adversarial: z}, {lambda: -1})).toThrow(/"lambda"/);
    expect(() =>
      adaAdLoss({adversarial: z}, {adversarial: z}, {classReduction: 'max' as 'mean'}),
    ).toThrow(/"classReduction" must be one of 'sum', 'mean'/);
  });
});
