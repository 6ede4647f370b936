import * as tf from '@tensorflow/tfjs-core';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';

import {restartedPgdAttack} from '../../src/attacks/restartedPgdAttack';
import type {Classifier} from '../../src/core/classifier';
import {createRng} from '../../src/core/rng';
import {crossEntropy} from '../../src/losses/crossEntropy';
import {linearFour as four, linearModel} from '../support/models';
import {expectClose, expectNoLeak, int, numbers, readOut} from '../support/tensors';
import {byExample} from '../../src/core/featureMap';

// attacks.md 12.6 (a): exact distances .02 (L∞) and .02773501 (L2).
const two = linearModel(
  [
    [1, -2, 0],
    [-1, 1, 0],
  ],
  [0.6, 0.3],
);
const X = [0.5, 0.4, 0.6];
const rng = createRng(5);

// Class 1 wins within 0.02 of v = 0.9 only; class 0's margin is flat around 0.5, so that whether a
// run finds it is a matter of its start.
const narrow: Classifier<tf.Tensor2D> = (input) => {
  const bump = tf.sub(0.1, tf.abs(tf.sub(input, 0.9)));
  const other = tf.sub(tf.relu(bump), 0.08);
  return tf.concat([tf.zerosLike(other), tf.mul(other, 5)], 1) as tf.Tensor2D;
};

describe('restartedPgdAttack', () => {
  let x: tf.Tensor2D;
  let label: tf.Tensor1D;
  beforeAll(() => {
    x = tf.tensor2d([X]);
    label = int([0]);
  });
  afterAll(() => {
    tf.dispose([x, label]);
  });
  const attack = async (
    options: Parameters<typeof restartedPgdAttack>[3],
    model: Classifier<tf.Tensor2D> = two,
    input = x,
    labels = label,
  ) => {
    const result = await restartedPgdAttack(model, input, labels, {rng, ...options});
    return readOut(result);
  };

  it('settles a linear two-class model on both sides of the exact distance', async () => {
    expect((await attack({epsilon: 0.0201})).success).toEqual([true]);
    expect((await attack({epsilon: 0.0199, restarts: 2})).success).toEqual([false]);
    expect((await attack({norm: 'l2', epsilon: 0.0278})).success).toEqual([true]);
    expect((await attack({norm: 'l2', epsilon: 0.0277, restarts: 2})).success).toEqual([false]);
  });

  it('runs 5 restarts of 50 steps on what stays robust, and judges every last iterate', async () => {
    const {cost, success, values, distances} = await attack({epsilon: 0.01});
    expect(cost).toEqual({forward: [1 + 5 * 51], backward: [5 * 50], queries: [0]});
    expect([success, distances]).toEqual([[false], [0]]);
    expectClose(values, X, 1e-7);
  });

  it('lets an example go at the first iterate that breaks it, the start included', async () => {
    // Wrong nearly everywhere in the ball.
    const start = await attack({epsilon: 0.5}, (input) =>
      tf.tidy(() => {
        const isClean = numbers(input).every((v, i) => Math.abs(v - (X[i] ?? NaN)) < 1e-6);
        return tf.add<tf.Tensor2D>(tf.mul(two(input), 0), isClean ? [2, 0] : [0, 2]);
      }),
    );
    expect(start.cost).toEqual({forward: [3], backward: [1], queries: [0]});
    // The last iterate counts, and needs no gradient: a step of 2 ε crosses the whole ball.
    const last = await attack({epsilon: 0.0201, steps: 1, stepSize: 0.05, restarts: 3});
    expect(last.success).toEqual([true]);
    expect(last.cost).toEqual({forward: [4], backward: [1], queries: [0]});
  });

  it('runs everything to its end without early stopping; the last broken iterate wins', async () => {
    const options = {epsilon: 0.05, restarts: 2, steps: 10};
    const long = await attack({...options, earlyStop: false});
    expect(long.cost).toEqual({forward: [1 + 2 * 11 + 1], backward: [20], queries: [0]});
    expectClose(long.values.slice(0, 2), [0.45, 0.45], 1e-6);
    const short = await attack(options);
    expect(short.success).toEqual(long.success);
    expect(short.distances[0]).toBeLessThanOrEqual(0.05 + 1e-6);
    expect(short.cost.forward[0]).toBeLessThan(10);
  });

  it('takes a quarter of each epsilon as the step, or step sizes per example', async () => {
    // The gradient of the third example is that of the first; the second is wrong from the start.
    const batch = tf.tensor2d([X, X, X]);
    const labels = int([0, 1, 0]);
    const run = (more: Parameters<typeof restartedPgdAttack>[3], steps: number) =>
      attack(
        {
          ...more,
          steps,
          epsilon: byExample([0.04, 0.04, 0.08], 2),
          restarts: 1,
          exampleIds: [1, 2, 1],
        },
        ...([two, batch, labels] as const),
      );
    // Same noise for both but for its scale: with steps of ε / 4 both need equally many.
    const quarter = await run({}, 10);
    expect(quarter.success).toEqual([true, true, true]);
    expect(quarter.cost.backward[1]).toBe(0);
    const same = await run({stepSize: [0.01, 0, 0.02]}, 10);
    expect(same.values).toEqual(quarter.values);
    expect(same.cost).toEqual(quarter.cost);
    const uneven = await run({stepSize: Float32Array.of(1e-9, 9, 1e-9), earlyStop: false}, 1);
    const still = await run({stepSize: 0, earlyStop: false}, 1);
    expect(uneven.success).toEqual(still.success);
    tf.dispose([batch, labels]);
  });

  it('ascends the margin loss, or another', async () => {
    // Class 2 is at .18.
    expect((await attack({epsilon: 0.185}, four)).success).toEqual([true]);
    expect((await attack({epsilon: 0.175}, four)).success).toEqual([false]);
    const flat = (z: tf.Tensor2D) => tf.sum<tf.Tensor1D>(tf.mul(z, 0), 1);
    await expect(attack({epsilon: 0.185, loss: flat}, four)).rejects.toThrow(/zero for 1/);
    expect((await attack({epsilon: 0.25, loss: crossEntropy}, four)).success).toEqual([true]);
  });

  it('finds with restarts what one run misses, and never loses it', async () => {
    const wide = tf.fill<tf.Rank.R2>([8, 1], 0.5);
    const labels = int(Array<number>(8).fill(0));
    const found = async (restarts: number) => {
      const options = {epsilon: 0.5, stepSize: 0.01, steps: 3, restarts};
      return (await attack(options, narrow, wide, labels)).success;
    };
    const one = await found(1);
    const many = await found(6);
    expect(many.filter(Boolean).length).toBeGreaterThan(one.filter(Boolean).length);
    one.forEach((broken, i) => {
      if (broken) expect(many[i]).toBe(true);
    });
    tf.dispose([wide, labels]);
  });

  it('has other starts for another generator', async () => {
    const options = {epsilon: 0.1, restarts: 1};
    const one = await attack(options);
    const other = await attack({...options, rng: createRng(6)});
    expect(other.values).not.toEqual(one.values);
    expect((await attack(options)).values).toEqual(one.values);
  });

  it('moves freely under grey levels, so that steps below half a level add up', async () => {
    const grey = tf.tensor2d([[128 / 255, 102 / 255, 153 / 255]]);
    const run = (epsilon: number) =>
      attack({epsilon, quantize: 256, stepSize: 0.2 / 255, restarts: 1}, two, grey);
    // Margin (.3 + 2·128 − 3·102 levels) / 5: .3·255 = 76.5 → (76.5 + 256 − 306) / 5 = 5.3 levels.
    expect((await run(6 / 255)).success).toEqual([true]);
    expect((await run(5 / 255)).success).toEqual([false]);
    grey.dispose();
  });

  it('needs a generator, and refuses settings out of range', async () => {
    await expectNoLeak(async () => {
      await expect(attack({rng: undefined})).rejects.toThrow(
        /^restartedPgdAttack: "rng" must be given: every start is random.*createRng\(seed\)/,
      );
      await expect(attack({restarts: 0})).rejects.toThrow(/"restarts".*>= 1, found 0/);
      await expect(attack({steps: 0})).rejects.toThrow(/"steps".*>= 1, found 0/);
      await expect(attack({steps: 1.5})).rejects.toThrow(/"steps".*integer/);
      await expect(attack({stepSize: -1})).rejects.toThrow(/"stepSize".*-1/);
      await expect(attack({stepSize: [1, 1]})).rejects.toThrow(/"stepSize".*1 examples/);
    });
  });
});
