import * as tf from '@tensorflow/tfjs-core';
import {expect, it} from 'vitest';

import type {Attack} from '../../src/core/attack';
import {crossEntropy} from '../../src/losses/crossEntropy';
import {klDivergence} from '../../src/losses/klDivergence';
import {distillation} from '../../src/methods/distillation';
import {pgdTraining} from '../../src/methods/pgdTraining';
import {linearModel} from '../support/models';
import {preparedStep} from '../support/preparedSteps';
import {expectClose, expectNoLeak, int} from '../support/tensors';

type Vectors = tf.Tensor2D;

const student = linearModel([[1, -1], [0.5, 2]], [0, 0.1]); // prettier-ignore
const teacher = linearModel([[2, 0], [1, 1]], [0.5, 0]); // prettier-ignore
const X = [[0.25, 0.5], [0.75, 0.125]]; // prettier-ignore
const at = (shift: number) => tf.add<Vectors>(tf.tensor2d(X), shift);
const attack: Attack<Vectors> = (_model, x) => tf.add<Vectors>(x, 0.125);
const base = pgdTraining<Vectors>({attack});

it.each([
  ['the adversarial input by default', {}, 0.125, 1],
  ['the clean input', {at: 'clean', weight: 3}, 0, 3],
  ['a weight that grows', {weight: 4, schedule: 'linear'}, 0.125, 1],
  ['a temperature', {temperature: 2}, 0.125, 1],
] as const)('adds the divergence from the teacher: %s', async (_, options, shift, weight) => {
  const batch = {x: at(0), labels: int([0, 1])};
  const temperature = 'temperature' in options ? options.temperature : 1;
  const expected = tf.tidy(() => {
    const z = student(at(0.125));
    const kl = klDivergence(teacher(at(shift)), z, {temperature});
    return tf.mean(tf.add(crossEntropy(z, batch.labels), tf.mul(weight, kl))).dataSync();
  });
  await expectNoLeak(async () => {
    const method = distillation(base, {teacher, ...options});
    const step = await preparedStep(method, student, batch, {epoch: 1, epochs: 4});
    let passes = 0;
    const value = step.loss((x) => {
      passes++;
      return student(x);
    });
    expectClose([value], expected);
    expect(passes).toBe(1);
    step.dispose();
  });
  tf.dispose({...batch});
});

const other = linearModel([[0, 1], [3, -1]], [0, 0.25]); // prettier-ignore

it('learns from several teachers: one wrapper for each, or their mean as one', async () => {
  const batch = {x: at(0), labels: int([0, 1])};
  const [own, first, second, mean] = tf.tidy(() => {
    const [z, t, o] = [student(at(0.125)), teacher(at(0.125)), other(at(0.125))];
    const targets = [t, o, tf.div<Vectors>(tf.add(t, o), 2)];
    const losses = [crossEntropy(z, batch.labels), ...targets.map((each) => klDivergence(each, z))];
    return losses.map((values) => tf.mean(values).dataSync()[0] ?? NaN);
  }) as [number, number, number, number];
  await expectNoLeak(async () => {
    const nested = distillation(distillation(base, {teacher, weight: 2}), {
      ...{teacher: other, weight: 0.5},
    });
    const step = await preparedStep(nested, student, batch);
    expectClose([step.loss()], [own + 2 * first + 0.5 * second]);
    step.dispose();
    const ensemble = (x: Vectors) => tf.div<Vectors>(tf.add(teacher(x), other(x)), 2);
    const ofMean = await preparedStep(distillation(base, {teacher: ensemble}), student, batch);
    expectClose([ofMean.loss()], [own + mean]);
    ofMean.dispose();
  });
  tf.dispose({...batch});
});

it('asks no teacher while its weight is 0', async () => {
  const batch = {x: at(0), labels: int([0, 1])};
  const silent = (): Vectors => {
    throw new Error('asked');
  };
  const step = await preparedStep(distillation(base, {teacher: silent, weight: 0}), student, batch);
  expect(Number.isFinite(step.loss())).toBe(true);
  step.dispose();
  tf.dispose({...batch});
});

it.each([
  [{weight: -1}, /distillation: "weight" must be a finite number >= 0/],
  [{schedule: 'step'}, /"schedule" must be one of 'linear', 'constant'/],
  [{at: 'student'}, /"at" must be one of 'adversarial', 'clean'/],
  [{temperature: 0}, /"temperature" must be a finite number > 0/],
  [{alpha: 1}, /"alpha" must be one of its options/],
  [{teacher: 3}, /distillation, teacher: "model" must be a function/],
])('refuses %j', (options, message) => {
  expect(() => distillation(base, {teacher, ...options} as never)).toThrow(message);
});
