import {fc} from '@fast-check/vitest';
import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {fabAttack, type FabOptions} from '../../../src/attacks/fab/fabAttack';
import {asClassifier, type Classifier} from '../../../src/core/classifier';
import type {Progress} from '../../../src/core/progress';
import {createRng} from '../../../src/core/rng';
import type {Norm} from '../../../src/core/threatModel';
import {
  linearFour as four,
  linearModel,
  linearTwo as two,
  seeded,
  tinyConvNet,
} from '../../support/models';
import {expectClose, expectNoLeak, int, numbers} from '../../support/tensors';
import {byExample} from '../../../src/core/featureMap';

const NORMS: readonly Norm[] = ['linf', 'l2'];

/** Runs the attack and reads the result; nothing is left behind. */
async function attacked(
  model: Classifier<tf.Tensor2D>,
  rows: readonly (readonly number[])[],
  labels: readonly number[],
  options: FabOptions = {},
) {
  const x = tf.tensor2d(rows.map((row) => [...row]));
  const truth = int([...labels]);
  try {
    const {adversarial, ...result} = await fabAttack(model, x, truth, options);
    const values = numbers(adversarial);
    adversarial.dispose();
    return {...result, values};
  } finally {
    tf.dispose([x, truth]);
  }
}

// attacks.md 12.6.
const X = [0.5, 0.4, 0.6];

describe('fabAttack, golden values', () => {
  it('follows the iterates of a linear model with two classes', async () => {
    const once = await attacked(two, [X], [0], {steps: 1});
    expectClose(once.values, [0.479, 0.421, 0.6], 1e-6);
    for (const steps of [2, 3, 10]) {
      const more = await attacked(two, [X], [0], {steps});
      expectClose(more.values, [0.47989573, 0.42010427, 0.6], 1e-6);
      expectClose(more.distances, [0.0201043], 1e-6);
    }
    const l2 = await attacked(two, [X], [0], {norm: 'l2', steps: 1});
    expectClose(l2.values, [0.483846, 0.424231, 0.6], 1e-6);
    const more = await attacked(two, [X], [0], {norm: 'l2'});
    expectClose(more.values, [0.484535, 0.423197, 0.6], 1e-6);
    expectClose(more.distances, [0.0278796], 1e-6);
  });

  it('finds the nearest of four classes, targeted or not, with active bounds', async () => {
    for (const [norm, expected] of [
      ['linf', 0.180938],
      ['l2', 0.272775],
    ] as const) {
      const free = await attacked(four, [X], [0], {norm});
      expectClose(free.distances, [expected], 1e-6);
      const targeted = await attacked(four, [X], [0], {norm, targeted: true});
      expectClose(targeted.distances, [expected], 1e-6);
      expect(targeted.minimalDistances).toEqual(targeted.distances);
    }
  });

  it('approaches the linear boundary in the ratios of attacks.md 6.4', async () => {
    // Every candidate is wrong and pulled back: restricting the ball to below the best so far, the
    // k-th is seen through a model that counts.
    const ratios: number[] = [];
    const watch: Classifier<tf.Tensor2D> = (x) => {
      ratios.push(Math.abs((x.dataSync()[0] ?? NaN) - 0.5) / 0.02);
      return two(x);
    };
    await attacked(watch, [X], [0], {steps: 30});
    // The clean pass, then a gradient and a candidate per step, and the last pass verifies.
    const candidates = ratios.slice(1, -1).filter((_, i) => i % 2 === 1);
    expect(candidates.length).toBe(30);
    expectClose(candidates.slice(0, 4), [1.05, 1.00521327, 1.00870148, 1.00843905], 2e-6);
    expectClose(candidates.slice(-1), [1.00845746], 2e-6);
    const gradients = ratios.slice(1, -1).filter((_, i) => i % 2 === 0);
    expectClose(gradients.slice(0, 3), [0, 0.9 * 1.05, 0.9 * 1.00521327], 2e-6);
  });
});

/** A random linear problem without active bounds, and its exact distance. */
const linearProblem = fc
  .record({
    norm: fc.constantFrom<Norm>('linf', 'l2'),
    seed: fc.nat(100_000),
    classes: fc.constantFrom(2, 3, 5, 12),
    size: fc.integer({min: 2, max: 6}),
  })
  .map(({norm, seed, classes, size}) => {
    const rng = createRng(seed);
    const draw = () => 2 * rng.uniform() - 1;
    const weights = Array.from({length: classes}, () => Array.from({length: size}, draw));
    const bias = weights.map(() => 0.1 * draw());
    const x = Array.from({length: size}, () => Math.fround(rng.uniform()));
    const z = weights.map((w, c) => w.reduce((sum, v, i) => sum + v * (x[i] ?? 0), bias[c] ?? 0));
    const label = z.indexOf(Math.max(...z));
    const distances = weights.flatMap((w, c) => {
      if (c === label) return [];
      const d = w.map((v, i) => v - (weights[label]?.[i] ?? 0));
      const dual = norm === 'l2' ? Math.hypot(...d) : d.reduce((sum, v) => sum + Math.abs(v), 0);
      return [((z[label] ?? 0) - (z[c] ?? 0)) / dual];
    });
    return {
      norm,
      classes,
      label,
      x,
      model: linearModel(weights, bias),
      exact: Math.min(...distances),
    };
  })
  // In float32 a boundary nearer than that is in the rounding of the logits.
  .filter(({exact}) => exact > 0.02);

describe('fabAttack on linear models', () => {
  it('finds 1.0052133 times the exact distance, targeted or not (21, 22)', async () => {
    await fc.assert(
      fc.asyncProperty(linearProblem, async ({norm, classes, label, x, model, exact}) => {
        const common = {norm, clip: null, steps: 5};
        const targeted = {...common, targeted: true, numTargets: classes};
        const byTarget = await attacked(model, [x], [label], targeted);
        expect(Math.abs((byTarget.distances[0] ?? NaN) / exact - 1.0052133)).toBeLessThan(1e-4);
        const free = await attacked(model, [x], [label], common);
        expect(Math.abs((free.distances[0] ?? NaN) / exact - 1.0052133)).toBeLessThan(1e-4);
        const once = await attacked(model, [x], [label], {...common, steps: 1});
        expect(Math.abs((once.distances[0] ?? NaN) / exact - 1.05)).toBeLessThan(1e-4);
      }),
      {numRuns: 25},
    );
  });

  it('breaks what is 1.06 times inside epsilon and nothing that is outside (16)', async () => {
    await fc.assert(
      fc.asyncProperty(linearProblem, async ({norm, classes, label, x, model, exact}) => {
        const options = {norm, clip: null, targeted: true, numTargets: classes, steps: 4};
        const inside = {...options, epsilon: 1.06 * exact};
        const broken = await attacked(model, [x], [label], inside);
        expect(broken.success).toEqual([true]);
        expect(broken.distances[0]).toBeLessThanOrEqual(1.06 * exact);
        const outside = {...options, epsilon: 0.999 * exact};
        const robust = await attacked(model, [x], [label], outside);
        expect(robust.success).toEqual([false]);
        expect(robust.values).toEqual(x);
        expect(robust.distances).toEqual([0]);
        expect((robust.minimalDistances[0] ?? NaN) / exact).toBeCloseTo(1.0052133, 3);
      }),
      {numRuns: 20},
    );
  });
});

// Two layers on 6 values, 5 classes: a boundary with corners.
const hidden = [seeded<tf.Rank.R2>([6, 16], 5), seeded<tf.Rank.R2>([16, 5], 6)] as const;
const layered: Classifier<tf.Tensor2D> = (x) =>
  tf.matMul(tf.relu(tf.matMul(x, hidden[0])), hidden[1]);
const points = Array.from({length: 6}, (_, row) =>
  Array.from({length: 6}, (_, i) => ((row * 7 + i * 11) % 13) / 12),
);
const predicted = tf.tidy(() => [...tf.argMax(layered(tf.tensor2d(points)), 1).dataSync()]);

describe('fabAttack', () => {
  const attack = (options: FabOptions = {}, rows = points, labels: readonly number[] = predicted) =>
    attacked(layered, rows, labels, {steps: 15, ...options});

  it('stays in range and ball, and is wrong on a fresh pass (1, 2, 3, 12, 13)', async () => {
    for (const norm of NORMS) {
      const epsilon = norm === 'l2' ? 0.4 : 0.2;
      const result = await attack({norm, epsilon, targeted: true});
      expect(result.success).toContain(true);
      expect(result.success).toContain(false);
      const classes = tf.tidy(() => [
        ...tf.argMax(layered(tf.tensor2d(result.values, [6, 6])), 1).dataSync(),
      ]);
      points.forEach((clean, row) => {
        const values = result.values.slice(row * 6, row * 6 + 6);
        values.forEach((value) => expect(value >= 0 && value <= 1).toBe(true));
        const offsets = values.map((value, i) => value - Math.fround(clean[i] ?? NaN));
        const size = norm === 'l2' ? Math.hypot(...offsets) : Math.max(...offsets.map(Math.abs));
        expect(result.distances[row]).toBeCloseTo(size, 6);
        expect(size).toBeLessThanOrEqual(epsilon);
        expect(classes[row] !== predicted[row]).toBe(result.success[row]);
        if (!result.success[row]) expect(size).toBe(0);
      });
    }
  });

  it('depends neither on batch, order nor neighbours (5, 6, 7, 8)', async () => {
    const options = {restarts: 2, rng: createRng(4), epsilon: 0.15, earlyStop: false};
    const ids = [10, 11, 12, 13, 14, 15];
    const all = await attack({...options, exampleIds: ids});
    expect(await attack({...options, exampleIds: ids})).toEqual(all);
    const order = [4, 0, 5, 2];
    const some = await attack(
      {...options, exampleIds: order.map((row) => ids[row] ?? NaN)},
      order.map((row) => points[row] ?? []),
      order.map((row) => predicted[row] ?? NaN),
    );
    order.forEach((row, i) => {
      expect(some.success[i]).toBe(all.success[row]);
      expectClose([some.minimalDistances[i] ?? NaN], [all.minimalDistances[row] ?? NaN], 1e-5);
      expectClose(
        some.values.slice(i * 6, i * 6 + 6),
        all.values.slice(row * 6, row * 6 + 6),
        1e-4,
      );
    });
  });

  it('draws nothing in its first run, and keys what it draws (9)', async () => {
    const first = await attack();
    expect(await attack({rng: createRng(1)})).toEqual(first);
    const restarted = await attack({rng: createRng(1), restarts: 3, epsilon: 0.9});
    expect(await attack({rng: createRng(1), restarts: 3, epsilon: 0.9})).toEqual(restarted);
    const rng = createRng(1);
    const before = rng.state();
    const free = await attack({rng, restarts: 3});
    expect(rng.state()).toEqual(before);
    // More restarts never leave the nearest point further away (14).
    free.distances.forEach((distance, row) => {
      expect(distance).toBeLessThanOrEqual(first.distances[row] ?? NaN);
    });
  });

  it('starts restarts at 0.3 / 2 or 1 / 2 without epsilon, in the width of the range', async () => {
    for (const [norm, clip, radius] of [
      ['linf', [0, 1], 0.15],
      ['linf', [-1, 3], 0.6],
      ['linf', null, 0.15],
      ['l2', null, 0.5],
    ] as const) {
      const seen: number[][] = [];
      const flat: Classifier<tf.Tensor2D> = (x) => {
        seen.push([...x.dataSync()]);
        return tf.add(tf.mul(tf.slice(x, [0, 0], [-1, 2]), 0), [1, 0.5]);
      };
      const options = {norm, clip, restarts: 2, steps: 1, rng: createRng(2)};
      await expect(attacked(flat, [X], [0], options)).rejects.toThrow(/zero for 1/);
      const offsets = X.map((value, i) => (seen[3]?.[i] ?? NaN) - value);
      const size = norm === 'l2' ? Math.hypot(...offsets) : Math.max(...offsets.map(Math.abs));
      expect(size).toBeCloseTo(radius, 5);
    }
  });

  it('gives the same verdicts with early stop for fewer passes (15)', async () => {
    for (const norm of NORMS) {
      const options = {norm, epsilon: norm === 'l2' ? 0.4 : 0.2, targeted: true};
      const early = await attack(options);
      const full = await attack({...options, earlyStop: false});
      expect(early.success).toEqual(full.success);
      full.success.forEach((isBroken, row) => {
        const [less, all] = [early.cost.forward[row] ?? NaN, full.cost.forward[row] ?? NaN];
        // 4 targets, 15 steps, 2 passes; a clean one, and one to verify what was found.
        expect(all).toBe(1 + 4 * 15 * 2 + Number(isBroken));
        expect(full.cost.backward[row]).toBe(60);
        if (isBroken) expect(less).toBeLessThan(all);
        else expect(less).toBe(all);
        expect(full.distances[row]).toBeLessThanOrEqual(early.distances[row] ?? NaN);
      });
      // Without epsilon there is nothing to stop at.
      const free = await attack({norm, targeted: true});
      expect(free.cost.backward).toEqual([60, 60, 60, 60, 60, 60]);
      expect(free.minimalDistances).toEqual(full.minimalDistances);
      expect(await attack({norm, targeted: true, earlyStop: true})).toEqual(free);
    }
  });

  it('counts the passes of attacks.md 10.1', async () => {
    const none = {epsilon: 0, steps: 3};
    const targeted = await attack({...none, targeted: true, numTargets: 2, restarts: 1});
    expect(targeted.cost).toEqual({
      forward: new Array(6).fill(1 + 2 * 2 * 3),
      backward: new Array(6).fill(2 * 3),
      queries: new Array(6).fill(0),
    });
    const untargeted = await attack({...none, restarts: 2, rng: createRng(1)});
    expect(untargeted.cost.forward).toEqual(new Array(6).fill(1 + 2 * 3 * 5));
    expect(untargeted.cost.backward).toEqual(new Array(6).fill(2 * 3 * 4));
    const standard = await attacked(two, [X], [0], {epsilon: 0, targeted: true});
    expect(standard.cost).toEqual({forward: [201], backward: [100], queries: [0]});
  });

  it('changes nothing for epsilon 0, and takes one per example (4)', async () => {
    const none = await attack({epsilon: 0});
    expect(none.values).toEqual(points.flat().map(Math.fround));
    expect(none.success).toEqual(new Array(6).fill(false));
    // Most can be reached; every second of them is put just beyond reach.
    const reached = none.minimalDistances.flatMap((distance, row) =>
      distance === null ? [] : [row],
    );
    expect(reached.length).toBeGreaterThan(3);
    const epsilon = none.minimalDistances.map(
      (distance, row) => (distance ?? 1) * (reached.indexOf(row) % 2 === 0 ? 1.0001 : 0.9999),
    );
    const own = await attack({epsilon: byExample(epsilon, 2), earlyStop: false});
    expect(own.success).toEqual(epsilon.map((_, row) => reached.indexOf(row) % 2 === 0));
    // Rows keep their epsilon where others are wrong from the start.
    const labels = predicted.map((label, row) => (row === 0 ? (label + 1) % 5 : label));
    const shifted = await attack(
      {epsilon: byExample(epsilon, 2), earlyStop: false},
      ...([points, labels] as const),
    );
    expect(shifted.success).toEqual([true, ...own.success.slice(1)]);
  });

  it('leaves what is wrong alone (11)', async () => {
    const labels = predicted.map((label, row) => (row < 2 ? (label + 1) % 5 : label));
    const result = await attack({}, points, labels);
    expect(result.success).toEqual(new Array(6).fill(true));
    expect(result.cost.forward.slice(0, 2)).toEqual([1, 1]);
    expect(result.cost.backward.slice(0, 2)).toEqual([0, 0]);
    expect(result.values.slice(0, 12)).toEqual(points.flat().slice(0, 12).map(Math.fround));
    expect(result.distances.slice(0, 2)).toEqual([0, 0]);
    expect(result.minimalDistances.slice(0, 2)).toEqual([0, 0]);
    const all = predicted.map((label) => (label + 1) % 5);
    const nothing = await attack({}, points, all);
    expect(nothing.minimalDistances).toEqual(new Array(6).fill(0));
    expect(nothing.cost.forward).toEqual(new Array(6).fill(1));
  });

  it('stays on grey levels, within whole ones', async () => {
    const rows = points.map((row) => row.map((value) => Math.round(value * 255) / 255));
    const quantize = 256;
    for (const norm of NORMS) {
      const levels = norm === 'l2' ? 100 : 40;
      const options = {norm, quantize, epsilon: levels / 255, targeted: true};
      const result = await attack(options, rows);
      expect(result.success).toContain(true);
      expect(result.success).toContain(false);
      const offsets = result.values.map((value, i) => {
        const level = value * 255;
        expect(Math.abs(level - Math.round(level))).toBeLessThan(1e-4);
        return Math.round(level) - Math.round((rows.flat()[i] ?? NaN) * 255);
      });
      rows.forEach((_, row) => {
        const own = offsets.slice(row * 6, row * 6 + 6);
        if (norm === 'linf') expect(Math.max(...own.map(Math.abs))).toBeLessThanOrEqual(levels);
        else expect(own.reduce((sum, d) => sum + d * d, 0)).toBeLessThanOrEqual(levels ** 2);
      });
      const full = await attack({...options, earlyStop: false}, rows);
      expect(full.success).toEqual(result.success);
    }
    // Under L∞ the smallest number of levels of a linear model: 0.0201043 is 5.13 of them.
    const x = [128 / 255, 102 / 255, 153 / 255];
    const margin = (2 * 128 - 3 * 102) / 255 + 0.3;
    const exact = Math.ceil((1.0052133 * margin * 255) / 5) / 255;
    const {distances} = await attacked(two, [x], [0], {quantize});
    expectClose(distances, [exact], 1e-6);
  });

  it('knows other ranges, and none', async () => {
    const wide: Classifier<tf.Tensor2D> = (x) => layered(tf.div(tf.add(x, 1), 4));
    const rows = points.map((row) => row.map((value) => 4 * value - 1));
    for (const norm of NORMS) {
      const narrow = await attack({norm});
      const result = await attacked(wide, rows, predicted, {norm, clip: [-1, 3], steps: 15});
      expectClose(
        result.distances,
        narrow.distances.map((distance) => 4 * distance),
        1e-4,
      );
    }
    const corner = [[0.001, 0.4, 0.6]];
    const model = linearModel(
      [
        [1, -2, 0],
        [-1, 1, 0],
      ],
      [1.3, 0],
    );
    const inside = await attacked(model, corner, [0]);
    expect(inside.values[0]).toBe(0);
    const outside = await attacked(model, corner, [0], {clip: null});
    expect(outside.values[0]).toBeLessThan(0);
    expect(outside.distances[0]).toBeLessThan(inside.distances[0] ?? NaN);
  });

  it('follows its constants', async () => {
    // One step: 1.05 times the exact distance 0.02. With η = 1 and β = 1 nothing crosses for sure.
    const far = await attacked(two, [X], [0], {steps: 1, overshoot: 2});
    expectClose(far.distances, [0.04], 1e-6);
    const distance = async (options: FabOptions) =>
      (await attacked(two, [X], [0], options)).distances[0] ?? NaN;
    // Two steps, by hand: from 0.9 × 1.05 d the iterate is .055 d before the boundary. α is
    // .055 / 1.055, or its bound, below that.
    const second = (backward: number, alphaMax: number) => {
      const here = 1.05 * backward;
      const gap = 1 - here;
      const alpha = Math.min(Math.abs(gap) / (Math.abs(gap) + 1), alphaMax);
      return 0.02 * Math.min(1.05, (1 - alpha) * (here + 1.05 * gap) + alpha * 1.05);
    };
    expect(await distance({steps: 2})).toBeCloseTo(second(0.9, 0.1), 7);
    expect(await distance({steps: 2, backward: 0.8})).toBeCloseTo(second(0.8, 0.1), 7);
    expect(await distance({steps: 2, backward: 0.8, alphaMax: 0.3})).toBeCloseTo(
      second(0.8, 0.3),
      7,
    );
    expect(await distance({steps: 2, alphaMax: 0.01})).toBeCloseTo(second(0.9, 0.01), 7);
    expect(second(0.8, 0.3)).not.toBeCloseTo(second(0.8, 0.1), 5);
  });

  it('has 100 steps of 9 targets as defaults', async () => {
    const twelve = linearModel(
      Array.from({length: 12}, (_, c) => X.map((_, i) => Math.sin(5 * c + 3 * i))),
      Array.from({length: 12}, (_, c) => (c === 4 ? 5 : 0)),
    );
    const result = await attacked(twelve, [X], [4], {epsilon: 0, targeted: true, steps: 1});
    expect(result.cost.backward).toEqual([9]);
    const all = {epsilon: 0, targeted: true, steps: 1, numTargets: 50};
    expect((await attacked(twelve, [X], [4], all)).cost.backward).toEqual([11]);
    expect((await attacked(two, [X], [0])).cost.backward).toEqual([100]);
  });

  it('breaks a conv net, which it leaves as it is', async () => {
    const net = tinyConvNet();
    const x = tf.tidy(() => tf.abs(seeded<tf.Rank.R4>([3, 8, 8, 1], 2)));
    const labels = tf.tidy(() => tf.argMax(asClassifier(net)(x), 1)) as tf.Tensor1D;
    const weights = net.getWeights().map((w) => [...w.dataSync()]);
    await expectNoLeak(async () => {
      const result = await fabAttack(net, x, labels, {steps: 5, targeted: true});
      expect(result.adversarial.shape).toEqual([3, 8, 8, 1]);
      expect(result.success).toEqual([true, true, true]);
      result.adversarial.dispose();
    });
    expect(net.getWeights().map((w) => [...w.dataSync()])).toEqual(weights);
    tf.dispose([x, labels]);
    net.dispose();
  });

  it('takes an empty batch', async () => {
    const x = tf.zeros<tf.Rank.R2>([0, 3]);
    const labels = int([]);
    const {adversarial, ...result} = await fabAttack(two, x, labels);
    expect(result.minimalDistances).toEqual([]);
    expect(adversarial.shape).toEqual([0, 3]);
    tf.dispose([x, labels, adversarial]);
  });

  it('reports progress, stops when asked, and leaks nothing', async () => {
    await expectNoLeak(async () => {
      const seen: Progress[] = [];
      await attack({
        epsilon: 0.15,
        targeted: true,
        steps: 2,
        onProgress: (progress) => {
          seen.push(progress);
        },
      });
      expect(seen[0]).toMatchObject({phase: 'fabAttack', done: 1, total: 8, unit: 'step'});
      expect(seen[0]?.metrics).toEqual({clean: 1, robust: 1});
      expect(seen.length).toBe(8);
    });
    await expectNoLeak(async () => {
      const abort = new AbortController();
      const stop = attack({
        signal: abort.signal,
        onProgress: ({done}) => {
          if (done === 3) abort.abort(new Error('enough'));
        },
      });
      await expect(stop).rejects.toThrow('enough');
    });
    await expectNoLeak(async () => {
      let calls = 0;
      const failing: Classifier<tf.Tensor2D> = (x) => {
        calls++;
        if (calls === 7) throw new Error('no more');
        return layered(x);
      };
      await expect(attacked(failing, points, predicted)).rejects.toThrow('no more');
    });
    await expectNoLeak(() => attack());
  });

  it('refuses settings out of range', async () => {
    await expectNoLeak(async () => {
      for (const [options, message] of [
        [{steps: 0}, /^fabAttack: "steps" must be an integer >= 1, found 0/],
        [{restarts: 0}, /"restarts" must be an integer >= 1, found 0/],
        [{numTargets: 0}, /"numTargets" must be an integer >= 1, found 0/],
        [{alphaMax: 1.1}, /"alphaMax" must be a finite number >= 0 and <= 1, found 1\.1/],
        [{alphaMax: -0.1}, /"alphaMax" .* found -0\.1/],
        [{overshoot: 0.99}, /"overshoot" must be a finite number >= 1, found 0\.99/],
        [{backward: 1.1}, /"backward" must be a finite number >= 0 and <= 1, found 1\.1/],
        [{backward: -1}, /"backward" .* found -1/],
        [{restarts: 2}, /^fabAttack: "rng" must be given: restarts from the second on/],
        [{norm: 'l1' as Norm}, /"norm"/],
        [{epsilon: 8}, /"epsilon"/],
        [{quantize: 256}, /"x" must lie on the 256 grey levels/],
      ] as const) {
        await expect(attack(options)).rejects.toThrow(message);
      }
      const misspelt = {target: true} as FabOptions;
      await expect(attack(misspelt)).rejects.toThrow(/"target" must be one of its options/);
      await attack({alphaMax: 0, overshoot: 1, backward: 0, steps: 1, quantize: undefined});
      await attack({alphaMax: 1, backward: 1, steps: 1});
    });
  });
});
