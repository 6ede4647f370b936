import {fc, it} from '@fast-check/vitest';
import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, vi} from 'vitest';

import {emptyOutcome, type Problem} from '../../../src/attacks/search/problem';
import {verifiedPoints, withinLevels} from '../../../src/attacks/search/verifiedPoints';
import type {Classifier} from '../../../src/core/classifier';
import type {ThreatModel} from '../../../src/core/threatModel';
import {expectNoLeak} from '../../support/tensors';

const floats = (...values: number[]) => Float32Array.from(values);

describe('withinLevels', () => {
  const within = (threat: ThreatModel, epsilon: number, steps: number[], levels?: number) => {
    const [min, max] = threat.clip ?? [0, 1];
    const pixel = (level: number) => min + (level * (max - min)) / 255;
    const center = floats(...steps.map(() => pixel(100)));
    const point = floats(...steps.map((step) => pixel(100 + step)));
    return withinLevels(point, center, epsilon, {levels, threat});
  };
  const linf: ThreatModel = {norm: 'linf', epsilon: 0, clip: [0, 1]};
  const l2: ThreatModel = {norm: 'l2', epsilon: 0, clip: [0, 1]};

  it('counts in whole numbers', () => {
    expect(within(linf, 8 / 255, [8, -8, 0], 256)).toBe(true);
    expect(within(linf, Math.fround(8 / 255), [8, -8, 0], 256)).toBe(true);
    expect(within(linf, 8 / 255, [8, -9, 0], 256)).toBe(false);
    expect(within(linf, 8 / 255, [9, 0, 0], 256)).toBe(false);
    expect(within(linf, 7.99 / 255, [8, 0, 0], 256)).toBe(false);
    expect(within(l2, 5 / 255, [3, -4, 0], 256)).toBe(true);
    expect(within(l2, 5 / 255, [3, -4, 1], 256)).toBe(false);
    expect(within(l2, 4.999 / 255, [3, -4], 256)).toBe(false);
    expect(within({...linf, clip: [-1, 1]}, 16 / 255, [8], 256)).toBe(true);
    expect(within({...linf, clip: [-1, 1]}, 16 / 255, [9], 256)).toBe(false);
    expect(within({...l2, clip: [0, 255]}, 5, [3, 4], 256)).toBe(true);
    expect(within({...l2, clip: [0, 255]}, 5, [3, 5], 256)).toBe(false);
  });

  it('says nothing without levels or range', () => {
    expect(within(linf, 0, [9])).toBe(true);
    expect(within({...linf, clip: null}, 0, [9], 256)).toBe(true);
  });
});

// Class 1 where the first pixel is above a half; NaN where it is above 0.95.
const model: Classifier<tf.Tensor2D> = (x) => {
  const first = tf.slice(x, [0, 0], [-1, 1]);
  const broken = tf.mul(0, tf.sqrt(tf.sub(0.95, first)));
  return tf.concat([tf.sub(0.5, first), tf.add(tf.sub(first, 0.5), broken)], 1) as tf.Tensor2D;
};

const CENTERS = [
  [0.25, 0.25],
  [0.375, 0.5],
  [0.4375, 1],
];

async function verify(
  points: readonly (readonly [row: number, point: number[]])[],
  options: Partial<Problem<tf.Tensor2D>> = {},
  all?: boolean,
  centers: number[][] = CENTERS,
) {
  const x = tf.tensor2d(centers);
  const outcome = emptyOutcome(centers.length);
  for (const [row, point] of points) outcome.points.set(row, floats(...point));
  const classify = vi.fn(model);
  const problem = {
    where: 'someAttack',
    model: classify,
    x,
    labels: Int32Array.from(centers, () => 0),
    numClasses: 2,
    threat: {norm: 'linf', epsilon: 0.25, clip: [0, 1]},
    levels: undefined,
    ...options,
  } as Problem<tf.Tensor2D>;
  try {
    const verified = await verifiedPoints(problem, outcome, all);
    return {verified, calls: classify.mock.calls.length};
  } finally {
    x.dispose();
  }
}

const outside = (ball: string, distance: RegExp | string = '.*') =>
  new RegExp(
    `^someAttack: a point left the ${ball} \\(distance ${distance}\\) or the valid range\\. ` +
      'This is a mistake of lt-robust: please report it\\.$',
  );

describe('verifiedPoints', () => {
  it('says which examples it asks about, those that fill up a batch too', async () => {
    const asked: number[][] = [];
    const own: Classifier<tf.Tensor2D> = (input) => model(input);
    own.forExamples = (rows) => {
      asked.push(Array.from(rows));
      return model;
    };
    const centers = Array.from({length: 8}, () => [0.375, 0.5]);
    const claims = [7, 2, 5, 1, 3].map((row): [number, number[]] => [row, [0.5625, 0.5]]);
    const {verified} = await verify(claims, {model: own}, false, centers);
    expect([...verified.keys()]).toEqual([1, 2, 3, 5, 7]);
    const [rows = []] = asked;
    expect(asked).toHaveLength(1);
    expect(rows.slice(0, 5)).toEqual([1, 2, 3, 5, 7]);
    expect(new Set(rows.slice(5))).toEqual(new Set(rows.length > 5 ? [1] : []));
  });

  it('keeps what a fresh pass confirms, in order, with class and distance', async () => {
    await expectNoLeak(async () => {
      const {verified, calls} = await verify([
        [2, [0.625, 1]],
        [0, [0.5, 0.25]], // a tie goes to class 0, the label
        [1, [0.5625, 0.75]],
      ]);
      expect([...verified]).toEqual([
        [1, {values: floats(0.5625, 0.75), distance: 0.25, prediction: 1}],
        [2, {values: floats(0.625, 1), distance: 0.1875, prediction: 1}],
      ]);
      expect(calls).toBe(1);
    });
  });

  it('keeps the others too where all are wanted', async () => {
    const {verified} = await verify([[0, [0.5, 0.25]]], {}, true);
    expect([...verified]).toEqual([
      [0, {values: floats(0.5, 0.25), distance: 0.25, prediction: 0}],
    ]);
  });

  it('takes logits that are not finite for wrong', async () => {
    const {verified} = await verify([[2, [1, 0.875]]], {
      threat: {norm: 'l2', epsilon: 0.75, clip: [0, 1]},
    });
    expect([...verified]).toEqual([
      [
        2,
        {values: floats(1, 0.875), distance: Math.sqrt(0.5625 ** 2 + 0.125 ** 2), prediction: -1},
      ],
    ]);
  });

  it('does not ask the model where nothing is claimed', async () => {
    expect(await verify([])).toEqual({verified: new Map(), calls: 0});
  });

  it('throws for a point outside the ball', async () => {
    await expectNoLeak(async () => {
      await expect(verify([[0, [0.50001, 0.25]]])).rejects.toThrow(
        outside('linf ball of 0.25', '0.25001\\d*'),
      );
      const threat: ThreatModel = {norm: 'l2', epsilon: 0.25, clip: [0, 1]};
      await expect(verify([[0, [0.46, 0.46]]], {threat})).rejects.toThrow(
        outside('l2 ball of 0.25'),
      );
      await expect(verify([[0, [NaN, 0.25]]])).rejects.toThrow(outside('linf ball of 0.25', 'NaN'));
      const free: ThreatModel = {norm: 'linf', epsilon: 0.25, clip: null};
      for (const value of [NaN, Infinity, -Infinity]) {
        await expect(verify([[0, [value, 0.25]]], {threat: free})).rejects.toThrow(
          outside('linf ball of 0.25'),
        );
      }
    });
  });

  it('throws for a point outside the range, however near', async () => {
    await expect(verify([[2, [0.5625, 1.0001]]])).rejects.toThrow(outside('linf ball of 0.25'));
    await expect(verify([[0, [0.5, -0.0001]]])).rejects.toThrow(outside('linf ball of 0.25'));
    const free: ThreatModel = {norm: 'linf', epsilon: 0.25, clip: null};
    expect((await verify([[2, [0.5625, 1.0001]]], {threat: free})).verified.size).toBe(1);
    const narrow: ThreatModel = {norm: 'linf', epsilon: 0.25, clip: [0.1, 0.9]};
    const point = [Math.fround(0.1), Math.fround(0.9)];
    // Ends of the range that are no float32.
    expect((await verify([[0, point]], {threat: narrow}, true, [[0.3, 0.8]])).verified.size).toBe(
      1,
    );
  });

  it('gives each example its own epsilon, and some rounding', async () => {
    const threat: ThreatModel = {norm: 'linf', epsilon: floats(0, 0.125, 0.25), clip: [0, 1]};
    const points = [
      [1, [0.5 + 5e-8, 0.5]],
      [2, [0.6875, 1]],
    ] as const;
    const {verified} = await verify(
      points.map(([row, point]) => [row, [...point]] as const),
      {threat},
    );
    expect([...verified.keys()]).toEqual([1, 2]);
    await expect(verify([[0, [0.5, 0.25]]], {threat})).rejects.toThrow(
      outside('linf ball of 0', '0.25'),
    );
    await expect(verify([[1, [0.5625, 0.5]]], {threat})).rejects.toThrow(
      outside('linf ball of 0.125', '0.1875'),
    );
  });

  it('allows for the rounding of large pixels where there is no range', async () => {
    const centers = [[200.3, -0.7]];
    const epsilon = 0.031;
    const point = [Math.fround(200.3) + epsilon, -0.7];
    const threat: ThreatModel = {norm: 'linf', epsilon, clip: null};
    const {verified} = await verify([[0, point]], {threat}, true, centers);
    expect(verified.get(0)?.distance).toBeGreaterThan(epsilon * (1 + 1e-6) + 2 ** -24);
    await expect(
      verify([[0, [200.3 + epsilon + 1e-4, -0.7]]], {threat}, true, centers),
    ).rejects.toThrow(outside('linf ball of 0.031'));
  });

  it('measures from the range where rounding left the clean pixels beside it', async () => {
    const centers = [[1 + 9e-6, -9e-6]];
    for (const norm of ['linf', 'l2'] as const) {
      const threat: ThreatModel = {norm, epsilon: 0, clip: [0, 1]};
      const {verified} = await verify([[0, [1, 0]]], {threat}, true, centers);
      expect(verified.get(0)).toMatchObject({values: floats(1, 0), distance: 0});
    }
  });

  describe('on grey levels', () => {
    const threat: ThreatModel = {norm: 'linf', epsilon: 8 / 255, clip: [0, 1]};
    const centers = [[124 / 255, 20 / 255]];

    it('puts the pixels in place exactly', async () => {
      const {verified} = await verify(
        [[0, [132 / 255 + 1e-6, 17 / 255 - 4e-4]]],
        {threat, levels: 256},
        false,
        centers,
      );
      expect(verified.get(0)).toEqual({
        values: floats(132 / 255, 17 / 255),
        distance: Math.fround(132 / 255) - Math.fround(124 / 255),
        prediction: 1,
      });
    });

    it('holds the bound in whole levels', async () => {
      const points = [[0, [132 / 255, 11 / 255]]] as const;
      await expect(
        verify(
          points.map(([row, point]) => [row, [...point]] as const),
          {threat, levels: 256},
          false,
          centers,
        ),
      ).rejects.toThrow(outside('linf ball of .*'));
      const l2: ThreatModel = {norm: 'l2', epsilon: 5 / 255, clip: [0, 1]};
      const steps = (a: number, b: number) =>
        verify([[0, [(124 + a) / 255, (20 + b) / 255]]], {threat: l2, levels: 256}, true, centers);
      expect((await steps(3, -4)).verified.size).toBe(1);
      await expect(steps(5, 1)).rejects.toThrow(outside('l2 ball of .*'));
      await expect(steps(0, -6)).rejects.toThrow(outside('l2 ball of .*'));
    });

    it('measures from the level where the clean pixel is a little off', async () => {
      const beside = [[124 / 255 + 3e-5, 1 - 3e-5]];
      const {verified} = await verify(
        [[0, [116 / 255, 247 / 255]]],
        {threat, levels: 256},
        true,
        beside,
      );
      expect(verified.get(0)?.distance).toBeCloseTo(8 / 255, 7);
    });

    it.prop([fc.nat(255), fc.integer({min: -10, max: 10})], {numRuns: 40})(
      'takes 8 levels and not 9',
      async (level, step) => {
        const moved = level + step;
        fc.pre(moved >= 0 && moved <= 255);
        const run = verify([[0, [moved / 255]]], {threat, levels: 256}, true, [[level / 255]]);
        if (Math.abs(step) > 8) await expect(run).rejects.toThrow(outside('linf ball of .*'));
        else expect((await run).verified.get(0)?.values).toEqual(floats(moved / 255));
      },
    );
  });

  it('leaks nothing when the model throws', async () => {
    await expectNoLeak(async () => {
      const broken: Classifier<tf.Tensor2D> = (x) => {
        model(x);
        throw new Error('the model broke');
      };
      await expect(verify([[0, [0.5, 0.25]]], {model: broken})).rejects.toThrow('the model broke');
    });
  });
});
