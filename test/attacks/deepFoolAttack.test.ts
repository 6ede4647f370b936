import {fc} from '@fast-check/vitest';
import * as tf from '@tensorflow/tfjs-core';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';

import {deepFoolAttack} from '../../src/attacks/deepFoolAttack';
import type {Classifier} from '../../src/core/classifier';
import {createRng} from '../../src/core/rng';
import {linearFour as four, linearModel, linearTwo as two} from '../support/models';
import {expectClose, expectNoLeak, int, numbers, readOut} from '../support/tensors';

// attacks.md 12.6.
const X = [0.5, 0.4, 0.6];
const LINF = 0.02;
const L2 = 0.1 / Math.sqrt(13);

describe('deepFoolAttack', () => {
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
    options: Parameters<typeof deepFoolAttack>[3],
    model: Classifier<tf.Tensor2D> = two,
  ) => {
    const found = readOut(await deepFoolAttack(model, x, label, options));
    return {...found, distance: found.distances[0] ?? NaN};
  };

  it('gives the golden values of a linear model: 1.02 times the exact distance', async () => {
    const l2 = await attack({norm: 'l2', margin: 0});
    expectClose(l2.values, [0.484308, 0.423538, 0.6], 1e-6);
    expect(l2.distance).toBeCloseTo(1.02 * L2, 6);
    expect(l2.success).toEqual([true]);
    expect(l2.minimalDistances).toEqual(l2.distances);
    const linf = await attack({margin: 0});
    expectClose(linf.values, [0.5 - 1.02 * LINF, 0.4 + 1.02 * LINF, 0.6], 1e-6);
    expect(linf.distance).toBeCloseTo(1.02 * LINF, 6);
  });

  it("adds Foolbox's margin by default", async () => {
    expect((await attack({norm: 'l2'})).distance).toBeCloseTo(0.0283917, 6);
    expect((await attack({norm: 'l2', margin: 1e-4})).distance).toBeCloseTo(0.0283917, 6);
    expect((await attack({})).distance).toBeCloseTo(1.02 * (LINF + 1e-4), 6);
    expect((await attack({margin: 0.01})).distance).toBeCloseTo(1.02 * (LINF + 0.01), 6);
  });

  it('stretches the sum of its steps by the overshoot', async () => {
    const {distance} = await attack({norm: 'l2', margin: 0, overshoot: 0.5});
    expect(distance).toBeCloseTo(1.5 * L2, 6);
  });

  it('goes to the nearest class, of the candidates only', async () => {
    // Exact distances inside the box: class 2 .18 / .27136, class 1 .24 / .4, class 3 .6.
    expect((await attack({margin: 0}, four)).distance).toBeCloseTo(1.02 * 0.18, 5);
    expect((await attack({margin: 0, norm: 'l2'}, four)).distance).toBeCloseTo(
      1.02 * 0.27136021,
      5,
    );
    // Logits (1, .4, .55, -.32): the rivals are 2, 1, 3, in that order.
    expect((await attack({margin: 0, candidates: 2}, four)).distance).toBeCloseTo(1.02 * 0.18, 5);
    // A model whose most likely rival is far: its weights equal those of the true class but a bit.
    const far = linearModel(
      [
        [1, 0, 0],
        [0.9, 0, 0],
        [0, 2, 0],
      ],
      [0.5, 0.5, 0],
    );
    // Logits (1, .95, .8): class 1 at .05 / .1, class 2 at .2 / 3.
    expect((await attack({margin: 0}, far)).distance).toBeCloseTo((1.02 * 0.2) / 3, 5);
    expect((await attack({margin: 0, candidates: 3}, far)).distance).toBeCloseTo(
      (1.02 * 0.2) / 3,
      5,
    );
    expect((await attack({margin: 0, candidates: 2}, far)).distance).toBeGreaterThan(0.4);
  });

  it('costs a pass for each candidate a step, and stops at the first point that is wrong', async () => {
    // One step: 3 rivals; a clean pass, one to judge and one to verify.
    expect((await attack({}, four)).cost).toEqual({forward: [6], backward: [3], queries: [0]});
    expect((await attack({}, two)).cost).toEqual({forward: [4], backward: [1], queries: [0]});
    // Flat: no step leads anywhere, all of them are taken, and there is nothing to verify.
    let passes = 0;
    const flat: Classifier<tf.Tensor2D> = (input) => {
      passes++;
      return tf.add<tf.Tensor2D>(tf.mul(tf.slice(input, [0, 0], [-1, 2]), 0), [1, 0.5]);
    };
    await expect(attack({steps: 7}, flat)).rejects.toThrow(/no example has a usable gradient/);
    expect(passes).toBe(1 + 7 * 2);
    passes = 0;
    await expect(attack({}, flat)).rejects.toThrow(/zero for 1/);
    expect(passes).toBe(1 + 50 * 2);
  });

  it('lets examples go one by one, and leaves wrong ones alone', async () => {
    const batch = tf.tensor2d([X, [0.9, 0.1, 0.6], X, [0.5, 0.4, 0.6]]);
    const labels = int([0, 0, 1, 0]);
    const result = await deepFoolAttack(two, batch, labels, {norm: 'l2', margin: 0});
    expect(result.success).toEqual([true, true, true, true]);
    expectClose(result.distances, [1.02 * L2, (1.02 * 1.8) / Math.sqrt(13), 0, 1.02 * L2], 1e-5);
    expect(result.minimalDistances[2]).toBe(0);
    expect(result.cost.forward[2]).toBe(1);
    tf.dispose([batch, labels, result.adversarial]);
  });

  it('linearises anew at each step of a curved model, summing up from x', async () => {
    // f = v² − 0.36 at v = 0.8: Newton's iteration for its root 0.6, by hand with the overshoot.
    const curved: Classifier<tf.Tensor2D> = (input) => {
      const f = tf.sub(tf.square(tf.slice(input, [0, 0], [-1, 1])), 0.36);
      return tf.concat([f, tf.zerosLike(f)], 1) as tf.Tensor2D;
    };
    const start = tf.tensor2d([[0.8, 0.3]]);
    const result = await deepFoolAttack(curved, start, label, {margin: 0, norm: 'l2'});
    let sum = 0;
    let v = 0.8;
    let steps = 0;
    while (v ** 2 - 0.36 >= 0) {
      sum += (v ** 2 - 0.36) / (2 * v);
      v = 0.8 - 1.02 * sum;
      steps++;
    }
    expect(steps).toBeGreaterThan(1);
    expectClose(result.adversarial, [v, 0.3], 1e-5);
    expect(result.cost.backward).toEqual([steps]);
    tf.dispose([start, result.adversarial]);
  });

  it('counts as success what is within epsilon, and tells what it saw beyond', async () => {
    const near = await attack({norm: 'l2', epsilon: 0.0285});
    expect(near.success).toEqual([true]);
    const beyond = await attack({norm: 'l2', epsilon: 0.0283});
    expect(beyond.success).toEqual([false]);
    expect(beyond.distances).toEqual([0]);
    expect(beyond.values).toEqual(numbers(x));
    expect(beyond.minimalDistances[0]).toBeCloseTo(0.0283917, 6);
    // What is decided beyond epsilon leaves, too.
    expect(beyond.cost.backward).toEqual([1]);
  });

  it('stays in the range, and can do without one', async () => {
    const corner = tf.tensor2d([[0.005, 0.4, 0.6]]);
    const biased = linearModel(
      [
        [1, -2, 0],
        [-1, 1, 0],
      ],
      [1.3, 0],
    );
    const inside = await deepFoolAttack(biased, corner, label);
    expect(numbers(inside.adversarial)[0]).toBe(0);
    expect(inside.success).toEqual([true]);
    const outside = await deepFoolAttack(biased, corner, label, {clip: null, margin: 0});
    expect(numbers(outside.adversarial)[0]).toBeLessThan(0);
    // The margin 0.11 over |−2| + |3|.
    expect(outside.distances[0]).toBeCloseTo((1.02 * 0.11) / 5, 5);
    tf.dispose([corner, inside.adversarial, outside.adversarial]);
  });

  it('takes one step, 1.02 times the exact distance, on any linear model', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('linf' as const, 'l2' as const),
        fc.nat(10_000),
        fc.integer({min: 2, max: 5}),
        async (norm, seed, classes) => {
          const rng = createRng(seed);
          const draw = () => 2 * rng.uniform() - 1;
          const weights = Array.from({length: classes}, () => [draw(), draw(), draw()]);
          const bias = weights.map(() => 0.1 * draw());
          const model = linearModel(weights, bias);
          const z = weights.map((w, c) =>
            w.reduce((sum, v, i) => sum + v * (X[i] ?? NaN), bias[c] ?? NaN),
          );
          const truth = z.indexOf(Math.max(...z));
          const exact = Math.min(
            ...weights.flatMap((w, c) => {
              if (c === truth) return [];
              const d = w.map((v, i) => v - (weights[truth]?.[i] ?? NaN));
              const dual =
                norm === 'l2' ? Math.hypot(...d) : d.reduce((s, v) => s + Math.abs(v), 0);
              return [((z[truth] ?? NaN) - (z[c] ?? NaN)) / dual];
            }),
          );
          const own = int([truth]);
          const options = {norm, clip: null, margin: 0};
          const {adversarial, distances, cost} = await deepFoolAttack(model, x, own, options);
          expect(Math.abs((distances[0] ?? NaN) / (1.02 * exact) - 1)).toBeLessThan(1e-3);
          expect(cost.backward).toEqual([classes - 1]);
          tf.dispose([own, adversarial]);
        },
      ),
      {numRuns: 20},
    );
  });

  it('ends on grey levels with quantize', async () => {
    // Pixels of 255 levels, and a point that needs several: 0.1 over the dual norm is 0.02 to 0.028.
    const levels = tf.tensor2d([[128 / 255, 102 / 255, 153 / 255]]);
    for (const norm of ['linf', 'l2'] as const) {
      const result = await deepFoolAttack(two, levels, label, {norm, quantize: 256});
      const moved = numbers(result.adversarial).map((value) => 255 * value);
      expect(result.success).toEqual([true]);
      expect(moved.every((level) => Math.abs(level - Math.round(level)) < 1e-4)).toBe(true);
      expect(moved).not.toEqual([128, 102, 153]);
      result.adversarial.dispose();
    }
    levels.dispose();
  });

  it('leaves an example without a gradient where it is, whatever its neighbour does', async () => {
    // The second lies where the ReLU is flat.
    const bent: Classifier<tf.Tensor2D> = (input) => {
      const on = tf.relu(tf.sub(tf.slice(input, [0, 0], [-1, 1]), 0.5));
      return tf.concat([tf.add(tf.mul(on, 0), 0.1), on], 1) as tf.Tensor2D;
    };
    const pair = tf.tensor2d([
      [0.55, 0.4],
      [0.25, 0.4],
    ]);
    const zeros = int([0, 0]);
    for (const norm of ['linf', 'l2'] as const) {
      const {adversarial, success} = await deepFoolAttack(bent, pair, zeros, {norm, epsilon: 0.2});
      expect(success).toEqual([true, false]);
      expect(numbers(adversarial).slice(2)).toEqual(numbers(pair).slice(2));
      adversarial.dispose();
    }
    tf.dispose([pair, zeros]);
  });

  it('refuses settings out of range', async () => {
    await expectNoLeak(async () => {
      await expect(attack({steps: 0})).rejects.toThrow(/^deepFoolAttack: "steps".*>= 1, found 0/);
      await expect(attack({candidates: 1})).rejects.toThrow(/"candidates".*>= 2, found 1/);
      await expect(attack({candidates: 2.5})).rejects.toThrow(/"candidates".*integer/);
      await expect(attack({overshoot: -0.1})).rejects.toThrow(/"overshoot".*-0\.1/);
      await expect(attack({margin: -0.1})).rejects.toThrow(/"margin".*-0\.1/);
    });
  });
});
