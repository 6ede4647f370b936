import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {
  checkRestarts,
  FAB_DEFAULTS,
  fabRuns,
  type FabSettings,
  runFab,
} from '../../../src/attacks/fab/runFab';
import type {Problem} from '../../../src/attacks/search/problem';
import type {Classifier} from '../../../src/core/classifier';
import {createRng} from '../../../src/core/rng';
import {linearFour as four} from '../../support/models';
import {expectClose} from '../../support/tensors';

// attacks.md 12.6 (b).
const CLEAN = [1, 0.4, 0.55, -0.32];

const flat: Classifier<tf.Tensor2D> = (x) =>
  tf.add<tf.Tensor2D>(tf.mul(tf.slice(tf.concat([x, x], 1), [0, 0], [-1, 4]), 0), CLEAN);

async function search(
  settings: FabSettings,
  changes: Partial<Problem<tf.Tensor2D>> & {norm?: 'linf' | 'l2'; epsilon?: number} = {},
) {
  const {norm = 'linf', epsilon = 10, ...rest} = changes;
  const x = tf.tensor2d([[0.5, 0.4, 0.6]]);
  try {
    return await runFab(
      {
        where: 'test',
        model: four,
        x,
        labels: Int32Array.of(0),
        logits: Float32Array.from(CLEAN),
        numClasses: 4,
        threat: {norm, epsilon, clip: [0, 1]},
        levels: undefined,
        ids: Int32Array.of(7),
        rng: undefined,
        earlyStop: false,
        pause: () => Promise.resolve(),
        ...rest,
      },
      settings,
    );
  } finally {
    x.dispose();
  }
}

describe('fabRuns', () => {
  it('cuts the targets to the wrong classes there are', () => {
    expect(fabRuns({}, 10)).toBe(1);
    expect(fabRuns({restarts: 3}, 10)).toBe(3);
    expect(fabRuns({targeted: true}, 12)).toBe(9);
    expect(fabRuns({targeted: true}, 10)).toBe(9);
    expect(fabRuns({targeted: true}, 4)).toBe(3);
    expect(fabRuns({targeted: true, numTargets: 2, restarts: 5}, 10)).toBe(10);
  });
});

describe('runFab', () => {
  it('has the published constants', () => {
    expect(FAB_DEFAULTS).toEqual({
      ...{targeted: false, numTargets: 9, steps: 100, restarts: 1},
      ...{alphaMax: 0.1, overshoot: 1.05, backward: 0.9},
    });
  });

  // The targets are those that the clean logits rank first: here the next, then each other.
  it.each([
    [2, CLEAN, 0.180938, 0.272775],
    [1, [1, 0.5, 0.3, 0], 0.241251, 0.402085],
    [3, [1, 0, 0, 0.5], 0.538175, 0.778209],
  ])('finds the golden distances of class %i', async (target, logits, linf, l2) => {
    for (const [norm, expected] of [
      ['linf', linf],
      ['l2', l2],
    ] as const) {
      const changes = {norm, logits: Float32Array.from(logits)};
      const {norms, targets, points} = await search({targeted: true, numTargets: 1}, changes);
      expectClose(norms, [expected], 1e-6);
      expect([...targets]).toEqual([[0, target]]);
      expect(points.size).toBe(1);
    }
  });

  it('names the class of the nearest point, whichever run that was', async () => {
    const logits = Float32Array.from([1, 0.5, 0.45, 0.4]); // targets 1, 2, 3
    const all = await search({targeted: true, steps: 5}, {logits});
    expect([...all.targets]).toEqual([[0, 2]]);
    expect((await search({steps: 5})).targets.size).toBe(0);
  });

  it('records within epsilon only, and what it saw beyond', async () => {
    const beyond = await search({}, {epsilon: 0.18});
    expect(beyond.points.size).toBe(0);
    expectClose(beyond.norms, [0.180938], 1e-6);
    expect((await search({}, {epsilon: 0.181})).points.size).toBe(1);
    const target = await search({targeted: true}, {epsilon: 0.18});
    expect(target.targets.size).toBe(0);
  });

  it('goes to the end of every run, or stops at the first point within epsilon', async () => {
    const end = await search({targeted: true, steps: 4});
    expect([end.forward[0], end.backward[0]]).toEqual([24, 12]);
    const early = await search({targeted: true, steps: 4}, {earlyStop: true});
    expect([early.forward[0], early.backward[0]]).toEqual([2, 1]);
    expectClose(early.norms, [1.05 * 0.18], 1e-6);
    // Not by the first iterate, 1.05 times as far, but by the second.
    const second = await search({targeted: true}, {earlyStop: true, epsilon: 0.185});
    expect([second.forward[0], second.backward[0]]).toEqual([4, 2]);
    const never = await search({targeted: true, steps: 4}, {earlyStop: true, epsilon: 0.18});
    expect([never.forward[0], never.backward[0]]).toEqual([24, 12]);
  });

  it('awaits pause once per iteration with what is not broken', async () => {
    const seen: number[] = [];
    const pause = (undecided: number) => {
      seen.push(undecided);
      return Promise.resolve();
    };
    await search({targeted: true, numTargets: 2, steps: 2}, {pause});
    expect(seen).toEqual([1, 0, 0, 0]);
  });

  it('needs a generator for restarts', async () => {
    await expect(search({restarts: 2})).rejects.toThrow(
      'test: "rng" must be given: restarts from the second on start at random, ' +
        'found undefined. Pass createRng(seed).',
    );
    const rng = createRng(1);
    checkRestarts('test', {restarts: 2, rng});
    checkRestarts('test', {restarts: 1, rng: undefined});
  });

  it('starts at x first, and then at half of epsilon, keyed by restart, target and id', async () => {
    const starts: number[][] = [];
    // A flat model: every pass of the first iteration is made at a start.
    const seen: Classifier<tf.Tensor2D> = (x) => {
      starts.push([...x.dataSync()]);
      return flat(x);
    };
    const once = async (changes: Parameters<typeof search>[1], settings: FabSettings = {}) => {
      starts.length = 0;
      await search(
        {targeted: true, numTargets: 2, restarts: 3, steps: 1, ...settings},
        {model: seen, rng: createRng(3), epsilon: 0.2, ...changes},
      );
      return starts.filter((_, i) => i % 2 === 0).map((start) => [...start]);
    };
    const points = await once({});
    const largest = points.map((point) =>
      Math.max(...point.map((v, i) => Math.abs(v - ([0.5, 0.4, 0.6][i] ?? NaN)))),
    );
    expectClose(largest, [0, 0.1, 0.1, 0, 0.1, 0.1], 1e-6);
    expect(new Set(points.map(String)).size).toBe(5);
    expect(await once({})).toEqual(points);
    expect(await once({rng: createRng(4)})).not.toEqual(points);
    expect(await once({ids: Int32Array.of(8)})).not.toEqual(points);
    const wide = await once({}, {startEpsilon: 0.4});
    expect(Math.abs((wide[1]?.[0] ?? NaN) - 0.5)).toBeCloseTo(
      2 * Math.abs((points[1]?.[0] ?? NaN) - 0.5),
      5,
    );
    const own = {norm: 'linf', epsilon: Float32Array.of(0.4), clip: [0, 1]} as const;
    expect(await once({threat: own})).toEqual(wide);
    const untargeted = await once({}, {targeted: false});
    expect(untargeted.length).toBeGreaterThan(0);
  });

  it('marks examples whose gradient at the start is zero', async () => {
    const stuck = await search({steps: 2}, {model: flat});
    expect([...stuck.zeroGradient]).toEqual([1]);
    expect(stuck.norms[0]).toBe(Infinity);
    expect(stuck.points.size).toBe(0);
    expect([...(await search({steps: 2})).zeroGradient]).toEqual([0]);
    // Flat at the start of a restart only: that is no sign of a flat model.
    const away: Classifier<tf.Tensor2D> = (x) => {
      const isClean = Math.abs((x.dataSync()[0] ?? 0) - 0.5) < 1e-6;
      return isClean ? four(x) : flat(x);
    };
    const restarted = {restarts: 2, steps: 1};
    const outcome = await search(restarted, {model: away, rng: createRng(1), epsilon: 0.5});
    expect([...outcome.zeroGradient]).toEqual([0]);
  });

  it('takes logits that are not finite for wrong, and stays finite itself', async () => {
    const broken: Classifier<tf.Tensor2D> = (x) => {
      const z = four(x);
      return (x.dataSync()[0] ?? 0) < 0.4 ? tf.mul<tf.Tensor2D>(z, NaN) : z;
    };
    const {points, nonFiniteGradient, norms} = await search({steps: 3}, {model: broken});
    expect([...nonFiniteGradient]).toEqual([1]);
    expect(norms[0]).toBeLessThan(0.2);
    expect(points.get(0)?.every(Number.isFinite)).toBe(true);
  });
});
