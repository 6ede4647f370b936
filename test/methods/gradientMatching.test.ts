import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import type {Attack} from '../../src/core/attack';
import {crossEntropy} from '../../src/losses/crossEntropy';
import {gradientMatchingLoss} from '../../src/losses/gradientMatchingLoss';
import {klDivergence} from '../../src/losses/klDivergence';
import {distillation} from '../../src/methods/distillation';
import {gradientMatching, type GradientMatchingOptions} from '../../src/methods/gradientMatching';
import {naturalTraining} from '../../src/methods/naturalTraining';
import {pgdTraining} from '../../src/methods/pgdTraining';
import {linearModel} from '../support/models';
import {preparedStep} from '../support/preparedSteps';
import {expectClose, expectNoLeak, int, numbers} from '../support/tensors';

type Vectors = tf.Tensor2D;

const student = linearModel([[1, -1], [0.5, 2]], [0, 0.1]); // prettier-ignore
// Not linear: a linear teacher's change from x - δ to x + δ would not depend on x.
const teacher = (x: Vectors) => tf.tidy(() => tf.square<Vectors>(student(x)));
const X = [[0.25, 0.5], [0.75, 0.125]]; // prettier-ignore
const at = (shift: number) => tf.add<Vectors>(tf.tensor2d(X), shift);
const attack: Attack<Vectors> = (_model, x) => tf.add<Vectors>(x, 0.125);
const base = pgdTraining<Vectors>({attack});

// The loss in epoch 50 of 100, and the inputs that student and teacher saw.
async function lossOf(
  options: Omit<GradientMatchingOptions<Vectors>, 'teacher'>,
  inner = base,
  epoch = 50,
) {
  const batch = {x: at(0), labels: int([0, 1])};
  const seen = {student: [] as number[][], teacher: [] as number[][]};
  const watch = (who: 'student' | 'teacher', model: typeof student) => (x: Vectors) => {
    seen[who].push(numbers(x));
    return model(x);
  };
  const given = {teacher: watch('teacher', teacher), ...options};
  const method = gradientMatching(inner, given);
  const step = await preparedStep(method, student, batch, {epoch, epochs: 100});
  const value = step.loss(watch('student', student));
  step.dispose();
  tf.dispose({...batch});
  return {value, ...seen};
}

const inputs = (...shifts: number[]) => shifts.map((shift) => tf.tidy(() => numbers(at(shift))));
const hard = () => tf.mean(crossEntropy(student(at(0.125)), int([0, 1])));
const matching = (plus: number, minus: number, distance: 'kl' | 'l2' = 'kl') =>
  tf.mean(
    gradientMatchingLoss(
      {plus: student(at(plus)), minus: student(at(minus))},
      {plus: teacher(at(plus)), minus: teacher(at(minus))},
      {distance},
    ),
  );
const expected = (...terms: (() => tf.Tensor)[]) =>
  tf.tidy(() => [terms.reduce((sum, term) => sum + (numbers(term())[0] as number), 0)]);

describe('gradientMatching', () => {
  it('adds α e/E times the matching, at one more pass of the student and two of the teacher', async () => {
    const seen = await lossOf({});
    expectClose(
      [seen.value],
      expected(hard, () => tf.mul(30, matching(0.125, -0.125))),
    );
    expect(seen.student).toEqual(inputs(0.125, -0.125));
    expect(seen.teacher).toEqual(inputs(0.125, -0.125));
  });

  it('takes a constant weight, other inputs, another distance', async () => {
    const options = {alpha: 2, schedule: 'constant', beta: 2, gamma: 0.5, distance: 'l2'} as const;
    const seen = await lossOf({...options, extraCleanForward: true});
    const term = () => tf.mul(2, matching(0.25, -0.0625, 'l2'));
    expectClose([seen.value], expected(hard, term));
    expect(seen.student).toEqual(inputs(0.125, 0.25, 0, -0.0625));
    const clipped = await lossOf({clip: [0.1, 0.3]});
    const bounds = () => numbers(tf.clipByValue(at(-0.125), 0.1, 0.3));
    expect(clipped.student[1]).toEqual(tf.tidy(bounds));
  });

  it('costs nothing while its weight is 0', async () => {
    const seen = await lossOf({alpha: 0});
    expectClose([seen.value], expected(hard), 1e-7);
    expect([seen.student, seen.teacher]).toEqual([inputs(0.125), []]);
    const clean = await lossOf({alpha: 0, extraCleanForward: true});
    expect(clean.student).toEqual(inputs(0.125, 0));
  });

  it('around distillation has two weights, and asks one teacher once per input', async () => {
    const seenByTeacher: number[][] = [];
    const shared = (x: Vectors) => {
      seenByTeacher.push(numbers(x));
      return teacher(x);
    };
    const batch = {x: at(0), labels: int([0, 1])};
    const method = gradientMatching(distillation(base, {teacher: shared, weight: 3}), {
      teacher: shared,
      alpha: 10,
    });
    const step = await preparedStep(method, student, batch, {epoch: 20, epochs: 100});
    const kl = () => tf.mul(3, tf.mean(klDivergence(teacher(at(0.125)), student(at(0.125)))));
    const term = () => tf.mul(2, matching(0.125, -0.125));
    expectClose([step.loss()], expected(hard, kl, term));
    expect(seenByTeacher).toEqual(inputs(0.125, -0.125));
    step.dispose();
    tf.dispose({...batch});
  });

  it('hands on what the method brings, and leaks nothing', async () => {
    const update = () => tf.scalar(0);
    const look = () => tf.scalar(1);
    const memory = {initial: 3, next: () => 4};
    const inner = {
      memory,
      objective: ({batch: {x}}: {batch: {x: Vectors}}) => ({
        ...{adversarial: x, update, look},
        loss: () => tf.scalar(0),
      }),
    };
    const method = gradientMatching<Vectors>(inner, {teacher});
    expect(method.memory).toBe(memory);
    const batch = {x: at(0), labels: int([0, 1])};
    await expectNoLeak(async () => {
      const {objective, loss, dispose} = await preparedStep(method, student, batch);
      expect(objective).toMatchObject({update, look});
      loss();
      dispose();
    });
    await expectNoLeak(async () => {
      const natural = gradientMatching(naturalTraining<Vectors>(), {teacher});
      const {objective, dispose} = await preparedStep(natural, student, batch);
      expect(objective.adversarial).toBe(batch.x);
      dispose();
      expect(batch.x.isDisposed).toBe(false);
    });
    tf.dispose({...batch});
  });

  it.each([
    [{alpha: -1}, /gradientMatching: "alpha" must be a finite number >= 0/],
    [{schedule: 'step'}, /"schedule" must be one of 'linear', 'constant'/],
    [{distance: 'cos'}, /"distance" must be one of 'kl', 'l2', 'l1'/],
    [{beta: 0}, /"beta" must be a finite number > 0/],
    [{gamma: -1}, /"gamma" must be a finite number >= 0/],
    [{weight: 1}, /"weight" must be one of its options/],
    [
      {teacher: null},
      /gradientMatching(, teacher: "model" must be a function|: "teacher" must be something)/,
    ],
  ])('refuses %j', (options, message) => {
    expect(() => gradientMatching(base, {teacher, ...options} as never)).toThrow(message);
  });
});
