import * as tf from '@tensorflow/tfjs-core';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';

import {carliniWagnerAttack} from '../../../src/attacks/carliniWagner/carliniWagnerAttack';
import {deepFoolAttack} from '../../../src/attacks/deepFoolAttack';
import type {Classifier} from '../../../src/core/classifier';
import {createRng} from '../../../src/core/rng';
import {linearFour as four, linearModel, linearTwo as two} from '../../support/models';
import {expectNoLeak, int, numbers, readOut} from '../../support/tensors';

// attacks.md 12.6: exact L2 distances .1 / √13 and .27136021.
const X = [0.5, 0.4, 0.6];
const L2 = 0.1 / Math.sqrt(13);

// The published search on two-class linear models, in double precision: one example, one pass of
// Adam after another.
function reference(
  weights: readonly number[], // of z_0 − z_1
  bias: number,
  x: readonly number[],
  {
    steps,
    searchSteps,
    constant,
    rate,
    kappa = 0,
  }: Record<'steps' | 'searchSteps' | 'constant' | 'rate', number> & {kappa?: number},
) {
  const pixels = (u: number[]) => u.map((v) => (Math.tanh(v) + 1) / 2);
  const origin = x.map((v) => Math.atanh(0.999999 * (2 * v - 1)));
  const start = pixels(origin);
  let [c, lower, upper, best, passes] = [constant, 0, Infinity, Infinity, 0];
  for (let search = 0; search < searchSteps; search++) {
    const u = [...origin];
    const m = u.map(() => 0);
    const s = u.map(() => 0);
    let found = false;
    let before = Infinity;
    for (let step = 0; step < steps; step++) {
      passes++;
      const z = pixels(u);
      const margin = z.reduce((sum, v, i) => sum + v * (weights[i] ?? NaN), bias);
      const offsets = z.map((v, i) => v - (start[i] ?? NaN));
      if (margin <= -kappa && margin < 0) {
        found = true;
        best = Math.min(best, Math.hypot(...z.map((v, i) => v - (x[i] ?? NaN))));
      }
      const objective = offsets.reduce((sum, v) => sum + v * v, c * Math.max(margin + kappa, 0));
      if (step % Math.ceil(steps / 10) === 0) {
        if (!(objective <= 0.9999 * before)) break;
        before = objective;
      }
      u.forEach((v, i) => {
        const slope = (1 - Math.tanh(v) ** 2) / 2;
        const pull = margin + kappa > 0 ? c * (weights[i] ?? NaN) : 0;
        const g = (2 * (offsets[i] ?? NaN) + pull) * slope;
        m[i] = 0.9 * (m[i] ?? NaN) + 0.1 * g;
        s[i] = 0.999 * (s[i] ?? NaN) + 0.001 * g * g;
        const mean = (m[i] ?? NaN) / (1 - 0.9 ** (step + 1));
        const deviation = Math.sqrt((s[i] ?? NaN) / (1 - 0.999 ** (step + 1)));
        u[i] = v - (rate * mean) / (deviation + 1e-8);
      });
    }
    if (found) upper = c;
    else lower = c;
    c = upper === Infinity ? 10 * c : (lower + upper) / 2;
  }
  return {best, passes};
}

describe('carliniWagnerAttack', () => {
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
    options: Parameters<typeof carliniWagnerAttack>[3],
    model: Classifier<tf.Tensor2D> = two,
    input = x,
  ) => {
    const found = readOut(await carliniWagnerAttack(model, input, label, options));
    return {...found, distance: found.distances[0] ?? NaN};
  };

  it('comes within 0.5 % of the exact distance of linear models', async () => {
    const options = {steps: 100, initialConstant: 0.1, searchSteps: 6};
    const near = await attack(options);
    expect(near.success).toEqual([true]);
    expect(near.distance / L2).toBeGreaterThan(1 - 1e-5);
    expect(near.distance / L2).toBeLessThan(1.005);
    expect(near.minimalDistances).toEqual(near.distances);
    const far = await attack({...options, initialConstant: 1}, four);
    expect(far.distance / 0.27136021).toBeGreaterThan(1 - 1e-5);
    expect(far.distance / 0.27136021).toBeLessThan(1.005);
    // Nearer than DeepFool, whose overshoot is 2 %.
    const deepFool = await deepFoolAttack(two, x, label, {norm: 'l2'});
    expect(near.distance).toBeLessThan(deepFool.distances[0] ?? NaN);
    deepFool.adversarial.dispose();
  });

  it('is the published search: Adam, tenfold constants, bisection, a look each tenth', async () => {
    for (const [constant, steps, searchSteps, rate, kappa] of [
      [1e-3, 23, 6, 0.01, 0], // never enough, then bisection
      [0.5, 30, 4, 0.02, 0], // enough at once
      [0.02, 40, 5, 0.005, 0],
      [0.5, 30, 4, 0.02, 0.1],
    ] as const) {
      const expected = reference([2, -3, 0], 0.3, X, {steps, searchSteps, constant, rate, kappa});
      const found = await attack({
        ...{steps, searchSteps, initialConstant: constant, learningRate: rate, confidence: kappa},
      });
      const hasFound = Number.isFinite(expected.best);
      expect(found.success).toEqual([hasFound]);
      if (hasFound) expect(Math.abs(found.distance / expected.best - 1)).toBeLessThan(2e-3);
      expect(found.cost).toEqual({
        forward: [1 + expected.passes + (hasFound ? 1 : 0)],
        backward: [expected.passes],
        queries: [0],
      });
    }
  });

  it('is the same search in another range, from black pixels too', async () => {
    // z_0 − z_1 = 2 v_0 − 3 v_1 + 0.3; two of the three pixels lie at the flat ends of tanh.
    const dark = [0, 0.05, 1];
    const options = {steps: 60, searchSteps: 4, learningRate: 0.05};
    const own = tf.tensor2d([dark]);
    const unit = await attack({...options, initialConstant: 0.01}, two, own);
    own.dispose();
    expect(unit.success).toEqual([true]);
    for (const [min, max] of [
      [0, 255],
      [-1, 1],
    ] as const) {
      const width = max - min;
      const scaled: Classifier<tf.Tensor2D> = (input) => two(tf.div(tf.sub(input, min), width));
      const image = tf.tensor2d([dark.map((v) => min + width * v)]);
      const wide = await attack(
        {...options, initialConstant: 0.01 * width ** 2, clip: [min, max], epsilon: undefined},
        scaled,
        image,
      );
      expect(wide.success).toEqual([true]);
      expect(wide.cost).toEqual(unit.cost);
      expect(wide.distance / width / unit.distance).toBeCloseTo(1, 2);
      image.dispose();
    }
  });

  it('goes on to the end of the steps without abortEarly', async () => {
    const options = {steps: 12, searchSteps: 3, abortEarly: false};
    const {cost} = await attack(options);
    expect(cost.backward).toEqual([36]);
    expect((await attack({...options, abortEarly: true})).cost.backward[0]).toBeLessThan(36);
  });

  it('repeats the constant that worked in the last of 10 searches', async () => {
    // It breaks at once with the first constant; bisection halves it until it no longer does.
    const options = {steps: 20, initialConstant: 1, learningRate: 0.02, abortEarly: false};
    const nine = await attack({...options, searchSteps: 9});
    const ten = await attack({...options, searchSteps: 10});
    expect(ten.success).toEqual([true]);
    expect(ten.distance).toBeLessThanOrEqual(nine.distance);
    expect(ten.cost.backward).toEqual([200]);
  });

  it('takes the largest constant in the last of 10 searches where none has worked', async () => {
    // The ninth constant is 1e-5, and 1e-4 would come next: neither breaks it.
    const options = {steps: 20, initialConstant: 1e-13, learningRate: 0.02};
    const [nine, ten, eleven] = [
      await attack({...options, searchSteps: 9}),
      await attack({...options, searchSteps: 10}),
      await attack({...options, initialConstant: 1e-14, searchSteps: 11}),
    ];
    expect([nine.success, ten.success, eleven.success]).toEqual([[false], [true], [true]]);
  });

  it('asks the model at grey levels alone with quantize', async () => {
    const asked: number[][] = [];
    const watched: Classifier<tf.Tensor2D> = (input) => {
      asked.push(numbers(input));
      return two(input);
    };
    const levels = 51;
    const options = {steps: 12, initialConstant: 1, searchSteps: 2, abortEarly: false};
    const {values, success} = await attack({...options, quantize: levels}, watched);
    expect(success).toEqual([true]);
    // The clean input, two searches, and what was found.
    expect(asked.length).toBe(1 + 2 * 12 + 1);
    for (const pixel of [...asked.flat(), ...values]) {
      expect(pixel * (levels - 1)).toBeCloseTo(Math.round(pixel * (levels - 1)), 4);
    }
  });

  it('holds the lead that confidence asks for', async () => {
    const options = {steps: 60, initialConstant: 1, searchSteps: 3, learningRate: 0.02};
    const {distance, values} = await attack({...options, confidence: 0.2});
    const input = tf.tensor2d([values], [1, 3]);
    const z = numbers(tf.tidy(() => two(input)));
    expect((z[1] ?? NaN) - (z[0] ?? NaN)).toBeGreaterThanOrEqual(0.2 - 1e-6);
    // (0.1 + 0.2) / √13.
    expect(distance / (3 * L2)).toBeGreaterThan(1 - 1e-5);
    expect(distance / (3 * L2)).toBeLessThan(1.2);
    input.dispose();
  });

  it('leaves at the first point within epsilon, or searches on for the nearest', async () => {
    const options = {steps: 60, initialConstant: 1, searchSteps: 4, epsilon: 0.1};
    const first = await attack(options);
    const nearest = await attack({...options, earlyStop: false});
    expect([first.success, nearest.success]).toEqual([[true], [true]]);
    expect(first.cost.backward[0]).toBeLessThan(30);
    expect(nearest.cost.backward[0]).toBeGreaterThan(30);
    expect(nearest.distance).toBeLessThan(first.distance);
    // Without epsilon it always searches on.
    expect((await attack({...options, epsilon: undefined})).distance).toBe(nearest.distance);
    const beyond = await attack({...options, epsilon: 0.027});
    expect(beyond.success).toEqual([false]);
    expect(beyond.values).toEqual(numbers(x));
    expect(beyond.minimalDistances[0]).toBe(nearest.distance);
  });

  it('starts at black and white pixels, and stays in any range', async () => {
    const corner = tf.tensor2d([[0, 1, 0.5]]);
    const model = linearModel(
      [
        [-1, 1, 0],
        [1, -1, 0],
      ],
      [0, 0],
    );
    const options = {steps: 60, initialConstant: 1, searchSteps: 2, learningRate: 0.2};
    const found = await attack(options, model, corner);
    expect(found.success).toEqual([true]);
    expect(found.distance).toBeGreaterThan(Math.SQRT1_2 * 0.999);
    expect(found.distance).toBeLessThan(Math.SQRT1_2 * 1.2);
    // Only half of it black: no patience, and the look after a tenth ends every search.
    const half = tf.tensor2d([[0, 0.5]]);
    const onFirst = linearModel(
      [
        [0, 0],
        [1, 0],
      ],
      [0.1, 0],
    );
    const impatient = await attack({...options, learningRate: 0.01}, onFirst, half);
    expect(impatient.cost.backward).toEqual([2 * 7]);
    half.dispose();
    const grey = tf.tensor2d([[127.5, 102, 153]]);
    const wide = linearModel(
      [
        [1, -2, 0],
        [-1, 1, 0],
      ],
      [0.6 * 255, 0.3 * 255],
    );
    const result = await attack(
      {...options, clip: [0, 255], initialConstant: 10, learningRate: 0.01},
      wide,
      grey,
    );
    expect(result.success).toEqual([true]);
    expect(result.distance / (255 * L2)).toBeGreaterThan(0.999);
    expect(result.distance / (255 * L2)).toBeLessThan(1.5);
    tf.dispose([corner, grey]);
  });

  it('ignores rng: it draws nothing', async () => {
    const options = {steps: 10, initialConstant: 1, searchSteps: 2};
    const plain = await attack(options);
    expect((await attack({...options, rng: createRng(1)})).values).toEqual(plain.values);
  });

  it('refuses settings out of range', async () => {
    await expectNoLeak(async () => {
      await expect(attack({norm: 'linf' as never})).rejects.toThrow(
        /^carliniWagnerAttack: "norm" must be one of 'l2', found 'linf'/,
      );
      await expect(attack({clip: null})).rejects.toThrow(/"clip" must be \[min, max\].*found null/);
      await expect(attack({steps: 0})).rejects.toThrow(/"steps".*>= 1/);
      await expect(attack({searchSteps: 0})).rejects.toThrow(/"searchSteps".*>= 1/);
      await expect(attack({initialConstant: 0})).rejects.toThrow(/"initialConstant".*> 0/);
      await expect(attack({learningRate: 0})).rejects.toThrow(/"learningRate".*> 0/);
      await expect(attack({confidence: -1})).rejects.toThrow(/"confidence".*>= 0/);
    });
  });

  it('has the defaults that it documents', async () => {
    // No c helps against a model that nothing breaks: the objective falls to 0 at once and stays.
    let passes = 0;
    const flat: Classifier<tf.Tensor2D> = (input) => {
      passes++;
      return tf.add<tf.Tensor2D>(tf.mul(tf.slice(input, [0, 0], [-1, 2]), 0), [1, 0.5]);
    };
    await expect(attack({}, flat)).rejects.toThrow(/no example has a usable gradient/);
    // Each of the 9 searches ends at its second look, a tenth of 1000 steps on.
    expect(passes).toBe(1 + 9 * 101);
  });
});
