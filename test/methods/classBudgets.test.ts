import * as tf from '@tensorflow/tfjs-core';
import {fc} from '@fast-check/vitest';
import {describe, expect, it} from 'vitest';

import {createRng} from '../../src/core/rng';
import {classBudgetFactors, classBudgets} from '../../src/methods/classBudgets';
import {expectClose, expectNoLeak, int, numbers} from '../support/tensors';

const counts = [500, 50, 5];
const model = (x: tf.Tensor2D): tf.Tensor2D =>
  tf.matMul(
    x,
    tf.tensor2d([
      [1, 0, -1],
      [-1, 1, 0],
    ]),
  );
const at = (epoch: number) => ({position: {epoch, epochs: 10, step: 1}});

describe('classBudgetFactors', () => {
  it('have the mean 1 over the examples, and rise with rarity', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({min: 1, max: 5000}), {minLength: 2, maxLength: 10}),
        fc.double({min: 0, max: 1, noNaN: true}),
        (drawn, intensity) => {
          const sorted = [...drawn].sort((a, b) => b - a);
          const factors = classBudgetFactors(sorted, intensity);
          const total = sorted.reduce((a, b) => a + b);
          const mean = factors.reduce((sum, f, c) => sum + f * (sorted[c] as number), 0) / total;
          expect(mean).toBeCloseTo(1, 9);
          factors.slice(1).forEach((f, c) => {
            expect(f).toBeGreaterThanOrEqual((factors[c] as number) - 1e-12);
          });
        },
      ),
    );
  });

  it('are 1 - a for the largest class, and 1 for all where a is 0 or the counts are equal', () => {
    expect(classBudgetFactors(counts, 0.3)[0]).toBeCloseTo(0.7, 12);
    expectClose(classBudgetFactors(counts, 0), [1, 1, 1]);
    expectClose(classBudgetFactors([7, 7], 0.5), [1, 1]);
  });

  it('refuse what does not fit', () => {
    expect(() => classBudgetFactors([0, 1], 0.3)).toThrow(/^classBudgets: "classCounts"/);
    expect(() => classBudgetFactors(counts, 2)).toThrow(/"intensity"/);
  });
});

describe('classBudgets', () => {
  const attack = classBudgets<tf.Tensor2D>({
    ...{classCounts: counts, epsilon: 0.05, stepSize: 0.025, steps: 20, intensity: 0.4, warmup: 0.5},
  });
  const x = tf.fill([3, 2], 0.5) as tf.Tensor2D;
  const labels = int([0, 1, 2]);
  const reachIn = async (epoch: number | undefined) => {
    const context = epoch === undefined ? {} : at(epoch);
    const adversarial = await attack(model, x, labels, context);
    const moved = tf.tidy(() => numbers(tf.max(tf.abs(tf.sub(adversarial, x)), 1)));
    adversarial.dispose();
    return moved;
  };

  it('is the same for all in epoch 1, grows until the end of the warm-up, then stays', async () => {
    expectClose(await reachIn(1), [0.05, 0.05, 0.05], 1e-6);
    const full = classBudgetFactors(counts, 0.4).map((f) => 0.05 * f);
    const half = classBudgetFactors(counts, 0.4 * (2 / 5)).map((f) => 0.05 * f);
    expectClose(await reachIn(3), half, 1e-6);
    expectClose(await reachIn(6), full, 1e-6);
    expectClose(await reachIn(10), full, 1e-6);
    expectClose(await reachIn(undefined), full, 1e-6);
  });

  it('starts in the ball of ε for all, passes the loss on, and leaks nothing', async () => {
    const start = classBudgets<tf.Tensor2D>({
      ...{classCounts: counts, epsilon: 0.1, stepSize: 1e-6, steps: 1, intensity: 0.4},
    });
    const adversarial = await start(model, x, labels, {rng: createRng(2), ...at(10)});
    const moved = tf.tidy(() => numbers(tf.max(tf.abs(tf.sub(adversarial, x)), 1)));
    // The tail's budget is larger than the ball that its start is drawn in.
    expect(moved[2]).toBeLessThan(0.1 + 1e-5);
    adversarial.dispose();
    let asked = 0;
    const loss = (z: tf.Tensor2D) => {
      asked++;
      return tf.sum<tf.Tensor1D>(z, 1);
    };
    await expectNoLeak(async () => {
      (await attack(model, x, labels, {loss, rng: createRng(1)})).dispose();
    });
    expect(asked).toBe(20);
  });

  it('refuses options out of range', () => {
    const call = (options: object) => classBudgets({classCounts: counts, ...options});
    expect(() => call({epsilon: 0})).toThrow(/^classBudgets: "epsilon"/);
    expect(() => call({stepSize: 0})).toThrow(/"stepSize"/);
    expect(() => call({steps: 0})).toThrow(/"steps"/);
    expect(() => call({warmup: 0})).toThrow(/"warmup"/);
    expect(() => call({intensity: 2})).toThrow(/"intensity"/);
  });
});
