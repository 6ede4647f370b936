import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {isInvalidArgumentError} from '../../src/core/errors';
import {balancedSoftmax} from '../../src/losses/balancedSoftmax';
import {crossEntropy} from '../../src/losses/crossEntropy';
import {gradientMatchingLoss} from '../../src/losses/gradientMatchingLoss';
import {klDivergence} from '../../src/losses/klDivergence';
import {
  selfDistillationLoss,
  type DistillationKind,
  type SelfDistillationLossOptions,
  type StudentLogits,
  type TeacherLogits,
} from '../../src/losses/selfDistillationLoss';
import {seeded} from '../support/models';
import {expectClose, expectNoLeak, int, numbers} from '../support/tensors';

const COUNTS = [100, 40, 10, 5];
const logits = (seed: number) => seeded<tf.Rank.R2>([3, 4], seed, 3);
const labels = () => int([0, 1, 3]);
const student = {plus: logits(1), minus: logits(2)};
const teacher = {plus: logits(3), minus: logits(4), clean: logits(5)};

const loss = (
  options?: SelfDistillationLossOptions,
  given: {student?: StudentLogits; teacher?: TeacherLogits} = {},
) =>
  numbers(
    selfDistillationLoss(
      given.student ?? student,
      given.teacher ?? teacher,
      labels(),
      COUNTS,
      options,
    ),
  );
const bsl = (tau = 1) => numbers(balancedSoftmax(student.plus, labels(), COUNTS, {tau}));
const plus = (a: number[], weight: number, b: tf.Tensor) =>
  numbers(b).map((v, i) => (a[i] as number) + weight * v);

describe('selfDistillationLoss', () => {
  it('is, by default, balanced softmax (τ = 1) plus KL gradient matching of weight 1', () => {
    expectClose(loss(), plus(bsl(), 1, gradientMatchingLoss(student, teacher)), 1e-6);
    expect(loss({})).toEqual(
      loss({
        kd: 'igdm',
        weight: 1,
        temperature: 1,
        hardLoss: 'bsl',
        tau: 1,
        igdmDistance: 'kl',
      }),
    );
  });

  it.each(['kl', 'l2', 'l1'] as const)('matches gradients by %s', (distance) => {
    const term = gradientMatchingLoss(student, teacher, {distance});
    expectClose(loss({weight: 2, igdmDistance: distance}), plus(bsl(), 2, term), 1e-6);
  });

  it('leaves the temperature to the KL kinds', () => {
    expect(loss({temperature: 4})).toEqual(loss());
    const adversarial = klDivergence(teacher.plus, student.plus, {temperature: 4});
    expectClose(
      loss({kd: 'kl-adv', weight: 0.5, temperature: 4}),
      plus(bsl(), 0.5, adversarial),
      1e-6,
    );
    const clean = klDivergence(teacher.clean, student.plus, {temperature: 4});
    expectClose(
      loss({kd: 'kl-clean-teacher', weight: 0.5, temperature: 4}),
      plus(bsl(), 0.5, clean),
      1e-6,
    );
    expectClose(
      loss({kd: 'kl-adv'}),
      plus(bsl(), 1, klDivergence(teacher.plus, student.plus)),
      1e-6,
    );
  });

  it('adds both terms for igdm+kl-adv', () => {
    const both = tf.add(
      gradientMatchingLoss(student, teacher, {distance: 'l2'}),
      klDivergence(teacher.plus, student.plus, {temperature: 3}),
    );
    const options = {kd: 'igdm+kl-adv', weight: 0.7, temperature: 3, igdmDistance: 'l2'} as const;
    expectClose(loss(options), plus(bsl(), 0.7, both), 1e-6);
  });

  it('has a hard loss of two kinds, and τ', () => {
    const plain = numbers(crossEntropy(student.plus, labels()));
    expect(loss({kd: 'none', hardLoss: 'ce', tau: 2})).toEqual(plain);
    expect(loss({kd: 'none', tau: 2})).toEqual(bsl(2));
    expectClose(
      loss({hardLoss: 'ce'}),
      plus(plain, 1, gradientMatchingLoss(student, teacher)),
      1e-6,
    );
  });

  it.each<DistillationKind>(['igdm', 'kl-adv', 'kl-clean-teacher', 'igdm+kl-adv'])(
    'is affine in the weight of %s, and AT-BSL to the bit at 0, without a teacher',
    (kd) => {
      const bare = {student: {plus: student.plus}, teacher: {}};
      expect(loss({kd, weight: 0}, bare)).toEqual(bsl());
      const [at0, at1, at3] = [0, 1, 3].map((weight) => loss({kd, weight})) as [
        number[],
        number[],
        number[],
      ];
      expectClose(
        at3,
        at0.map((v, i) => v + 3 * ((at1[i] as number) - v)),
        1e-5,
      );
      expect(at1).not.toEqual(at0);
    },
  );

  it('needs no teacher for none, whatever the weight', () => {
    const bare = {student: {plus: student.plus}, teacher: {}};
    expect(loss({kd: 'none', weight: 5}, bare)).toEqual(bsl());
  });

  it('needs only the logits of its kind', () => {
    const adversarialOnly = {student: {plus: student.plus}, teacher: {plus: teacher.plus}};
    expect(loss({kd: 'kl-adv'}, adversarialOnly)).toEqual(loss({kd: 'kl-adv'}));
    const cleanOnly = {student: {plus: student.plus}, teacher: {clean: teacher.clean}};
    expect(loss({kd: 'kl-clean-teacher'}, cleanOnly)).toEqual(loss({kd: 'kl-clean-teacher'}));
    const noClean = {teacher: {plus: teacher.plus, minus: teacher.minus}};
    expect(loss({kd: 'igdm+kl-adv'}, noClean)).toEqual(loss({kd: 'igdm+kl-adv'}));
  });

  it.each<[DistillationKind, string]>([
    ['igdm', 'student.minus'],
    ['igdm', 'teacher.plus'],
    ['igdm', 'teacher.minus'],
    ['igdm+kl-adv', 'student.minus'],
    ['igdm+kl-adv', 'teacher.plus'],
    ['igdm+kl-adv', 'teacher.minus'],
    ['kl-adv', 'teacher.plus'],
    ['kl-clean-teacher', 'teacher.clean'],
  ])('for %s names a missing or misshapen %s, and leaks nothing', async (kd, argument) => {
    const [owner, key] = argument.split('.') as ['student' | 'teacher', string];
    const all = {student, teacher};
    const given = (value: tf.Tensor2D | undefined) => ({
      ...all,
      [owner]: {...all[owner], [key]: value},
    });
    const y = labels();
    const wrong = tf.zeros<tf.Rank.R2>([3, 5]);
    const call = (value: tf.Tensor2D | undefined) => () => {
      const {student: s, teacher: t} = given(value);
      selfDistillationLoss(s, t, y, COUNTS, {kd, weight: 0.1});
    };
    await expectNoLeak(() => {
      expect(call(undefined)).toThrow(
        `selfDistillationLoss: "${argument}" must be given for kd '${kd}', found undefined. ` +
          'Pass these logits, or choose another kd.',
      );
      expect(call(wrong)).toThrow(
        `selfDistillationLoss: "${argument}" must have the shape [3, 4], found float32 [3, 5]`,
      );
    });
    try {
      call(undefined)();
    } catch (error) {
      expect(isInvalidArgumentError(error) && error.argument).toBe(argument);
    }
  });

  it('refuses options and batches that do not fit', () => {
    expect(() => loss({kd: 'kl' as 'igdm'})).toThrow(
      /^selfDistillationLoss: "kd" must be one of 'igdm', 'kl-adv', 'kl-clean-teacher', 'igdm\+kl-adv', 'none', found 'kl'/,
    );
    expect(() => loss({hardLoss: 'focal' as 'ce'})).toThrow(
      /^selfDistillationLoss: "hardLoss" must be one of 'bsl', 'ce', found 'focal'/,
    );
    expect(() => loss({igdmDistance: 'cos' as 'kl'})).toThrow(
      /^selfDistillationLoss: "igdmDistance" must be one of 'kl', 'l2', 'l1', found 'cos'/,
    );
    expect(() => loss({weight: -0.1})).toThrow(
      /^selfDistillationLoss: "weight" must be a finite number >= 0, found -0.1/,
    );
    expect(() => loss({temperature: 0})).toThrow(
      /^selfDistillationLoss: "temperature" must be a finite number > 0, found 0/,
    );
    expect(() => loss({tau: -1, hardLoss: 'ce'})).toThrow(
      /^selfDistillationLoss: "tau" must be a finite number >= 0, found -1/,
    );
    expect(loss({tau: 0, kd: 'none'})).toEqual(loss({hardLoss: 'ce', kd: 'none'}));
    expect(() => loss({alpha: 1} as object)).toThrow(/^selfDistillationLoss: "alpha" must/);
    expect(() => loss({}, {student: {plus: tf.zeros([3]) as unknown as tf.Tensor2D}})).toThrow(
      /^selfDistillationLoss: "student.plus" must be a float32 tensor \[batch, classes\]/,
    );
    expect(() => loss({kd: 'none'}, {student: {plus: tf.zeros([2, 4])}})).toThrow(
      /^selfDistillationLoss: "labels" must be an int32 tensor \[2\]/,
    );
    expect(() => loss({hardLoss: 'ce'}, {student: {plus: tf.zeros([3, 5])}})).toThrow(
      /^selfDistillationLoss: "classCounts" must have one count for each of the 5 classes/,
    );
  });
});
