import * as tf from '@tensorflow/tfjs-core';
import {expect, it} from 'vitest';

import {descend} from '../../../src/attacks/carliniWagner/descend';
import {emptyMinimalNorm} from '../../../src/attacks/search/minimalNorm';
import {problemOf} from '../../support/problems';
import {expectNoLeak} from '../../support/tensors';

// Two pixels against one half: the first class wins while their sum is above one.
const model = (x: tf.Tensor2D): tf.Tensor2D => {
  const sum = tf.sum(x, 1, true);
  return tf.concat([tf.sub(sum, 1), tf.sub(1, sum)], 1) as tf.Tensor2D;
};
const X = [
  [0.55, 0.55],
  [0.9, 0.9],
];

it('descend breaks what its trade-off pays for, and records the nearest point', async () => {
  await expectNoLeak(async () => {
    const threat = {norm: 'l2', epsilon: 1e9, clip: [0, 1]} as const;
    const problem = problemOf(model, X, [0, 0], {threat, earlyStop: false});
    const outcome = emptyMinimalNorm(2);
    const clean = await problem.x.data<'float32'>();
    const settings = {steps: 200, learningRate: 0.02, confidence: 0, abortEarly: false};
    // The margin falls by 4 per unit along each pixel's diagonal: c = 1 is plenty for the first,
    // 1e-3 next to nothing for the second.
    const found = await descend(problem, settings, clean, Float64Array.of(1, 1e-3), outcome);
    expect([...found]).toEqual([0]);
    expect(outcome.norms[1]).toBe(Infinity);
    expect(outcome.norms[0]).toBeGreaterThanOrEqual(0.05 * Math.SQRT2 - 1e-6);
    expect(outcome.norms[0]).toBeLessThan(0.05 * Math.SQRT2 * 1.1);
    expect(Array.from(outcome.backward)).toEqual([200, 200]);
    problem.x.dispose();
  });
});

it('descend gives an example up that makes no progress', async () => {
  const threat = {norm: 'l2', epsilon: 1e9, clip: [0, 1]} as const;
  const problem = problemOf(model, X, [0, 0], {threat, earlyStop: false});
  const outcome = emptyMinimalNorm(2);
  const clean = await problem.x.data<'float32'>();
  const settings = {steps: 200, learningRate: 0.02, confidence: 0, abortEarly: true};
  await descend(problem, settings, clean, Float64Array.of(1e-9, 1e-9), outcome);
  expect(Array.from(outcome.backward).every((count) => count < 200)).toBe(true);
  problem.x.dispose();
});

it('descend asks the model at the grey levels alone where there are some', async () => {
  const asked: number[] = [];
  const watched = (x: tf.Tensor2D): tf.Tensor2D => {
    asked.push(...x.dataSync());
    return model(x);
  };
  const threat = {norm: 'l2', epsilon: 1e9, clip: [0, 1]} as const;
  const levels = 21;
  const problem = problemOf(watched, X, [0, 0], {threat, earlyStop: false, levels});
  const outcome = emptyMinimalNorm(2);
  const clean = await problem.x.data<'float32'>();
  const settings = {steps: 20, learningRate: 0.02, confidence: 0, abortEarly: false};
  await descend(problem, settings, clean, Float64Array.of(1, 1), outcome);
  // The clean batch, and each step.
  expect(asked).toHaveLength((1 + 20) * 4);
  for (const pixel of asked) {
    expect((levels - 1) * pixel).toBeCloseTo(Math.round((levels - 1) * pixel), 4);
  }
  problem.x.dispose();
});
