/*
 * Masks, epsilons and clips by feature: every attack with a ball, against what the worst point of a
 * linear two-class model is in closed form.
 */
import * as tf from '@tensorflow/tfjs-core';
import {afterAll, describe, expect, it} from 'vitest';

import {apgdAttack} from '../../src/attacks/apgd/apgdAttack';
import {autoAttack} from '../../src/attacks/autoAttack/autoAttack';
import {autoAttackForEvaluation} from '../../src/attacks/autoAttack/autoAttackForEvaluation';
import {bimAttack, bimAttackAsync} from '../../src/attacks/bimAttack';
import {carliniWagnerAttack} from '../../src/attacks/carliniWagner/carliniWagnerAttack';
import {deepFoolAttack} from '../../src/attacks/deepFoolAttack';
import {fabAttack} from '../../src/attacks/fab/fabAttack';
import {fgsmAttack, fgsmAttackAsync} from '../../src/attacks/fgsmAttack';
import {miFgsmAttack, miFgsmAttackAsync} from '../../src/attacks/miFgsmAttack';
import {pgdAttack, pgdAttackAsync} from '../../src/attacks/pgdAttack';
import {restartedPgdAttack} from '../../src/attacks/restartedPgdAttack';
import {squareAttack} from '../../src/attacks/square/squareAttack';
import {transferAttack} from '../../src/attacks/transferAttack';
import type {FeatureThreatModel, FeatureThreatOptions} from '../../src/core/featureThreat';
import {memoryCheckpoints} from '../../src/core/checkpoint';
import {createRng} from '../../src/core/rng';
import {evaluateRobustness} from '../../src/metrics/evaluateRobustness';
import {expectNoLeak} from '../support/tensors';

// Age, income, a flag that nobody can change, and a standardised measurement.
const EPSILON = [5, 1000, 0, 0.25];
const LOWER = [18, 0, 0, -Infinity];
const UPPER = [80, 1e5, 1, Infinity];
const SLOPES = [-1 / 40, 1 / 20_000, -0.5, 0.9];
const BIAS = 0.3;
const N = 30;
const rng = createRng(5);
const rows = Array.from({length: N}, () => [
  18 + Math.floor(62 * rng.uniform()),
  Math.floor(1e5 * rng.uniform()),
  Number(rng.uniform() < 0.5),
  rng.normal(),
]);
// Margin of class 1, in doubles.
const margin = (row: readonly number[]): number =>
  row.reduce((sum, value, k) => sum + value * (SLOPES[k] ?? NaN), BIAS) - 0.55;
const truth = rows.map((row) => Number(margin(row) > 0));

const x = tf.tensor2d(rows);
const labels = tf.tensor1d(truth, 'int32');
const weights = tf.tensor2d(SLOPES.map((slope) => [-slope / 2, slope / 2]));
const bias = tf.tensor1d([-(BIAS - 0.55) / 2, (BIAS - 0.55) / 2]);
const model = (z: tf.Tensor2D): tf.Tensor2D => tf.add(tf.matMul(z, weights), bias);
afterAll(() => {
  tf.dispose([x, labels, weights, bias]);
});

const MASK = [1, 1, 0, 1];
const THREATS: Record<
  string,
  {
    options: Omit<FeatureThreatOptions, 'epsilon'> & {epsilon: FeatureThreatModel['epsilon']};
    budget: number[];
    clip: boolean;
  }
> = {
  'epsilon as a list': {
    options: {epsilon: EPSILON, clip: null},
    ...{budget: EPSILON, clip: false},
  },
  'epsilon as nested arrays, clip as lists': {
    options: {epsilon: [EPSILON], clip: [LOWER, UPPER]},
    ...{budget: EPSILON, clip: true},
  },
  'epsilon of every value': {
    options: {epsilon: Float32Array.from(rows.flatMap(() => EPSILON)), clip: [LOWER, UPPER]},
    ...{budget: EPSILON, clip: true},
  },
  'one epsilon and a mask': {
    options: {epsilon: 4, clip: [LOWER, UPPER], mask: MASK},
    ...{budget: MASK.map((may) => 4 * may), clip: true},
  },
  'one epsilon, a mask of one row, no clip': {
    options: {epsilon: 2, clip: null, mask: [MASK]},
    ...{budget: MASK.map((may) => 2 * may), clip: false},
  },
  'one epsilon, clip by feature': {
    options: {epsilon: 3, clip: [LOWER, UPPER]},
    ...{budget: [3, 3, 3, 3], clip: true},
  },
};

// Where the margin of the label is least: coordinates do not depend on each other.
const worst = (
  row: readonly number[],
  label: number,
  {budget, clip}: {budget: number[]; clip: boolean},
) =>
  row.map((value, k) => {
    const away = -Math.sign((SLOPES[k] ?? NaN) * (label === 1 ? 1 : -1));
    const moved = value + away * (budget[k] ?? NaN);
    return clip ? Math.min(Math.max(moved, LOWER[k] ?? NaN), UPPER[k] ?? NaN) : moved;
  });

const robustRows = (threat: {budget: number[]; clip: boolean}) =>
  rows.map((row, i) => {
    const label = truth[i] ?? NaN;
    const left = margin(worst(row, label, threat)) * (label === 1 ? 1 : -1);
    return left > 0;
  });

const expectClosedForm = (values: ArrayLike<number>, threat: {budget: number[]; clip: boolean}) => {
  rows.forEach((row, i) => {
    worst(row, truth[i] ?? NaN, threat).forEach((expected, k) => {
      const found = values[4 * i + k] ?? NaN;
      expect(Math.abs(found - expected)).toBeLessThanOrEqual(
        1e-6 * Math.max(1, Math.abs(expected)),
      );
      if (threat.budget[k] === 0) expect(found).toBe(Math.fround(row[k] ?? NaN));
    });
  });
};

const LAST_ITERATES = {
  fgsmAttack,
  bimAttack,
  pgdAttack,
  miFgsmAttack,
  fgsmAttackAsync,
  bimAttackAsync,
  pgdAttackAsync,
  miFgsmAttackAsync,
  'pgdAttack from a random point': (
    ...[m, a, b, options]: Parameters<typeof pgdAttack<tf.Tensor2D>>
  ) => pgdAttack(m, a, b, {...options, rng: createRng(2)}),
};

describe.each(Object.entries(THREATS))('%s', (_name, {options, ...threat}) => {
  it.each(Object.entries(LAST_ITERATES))('%s ends at the worst point', async (_attack, attack) => {
    await expectNoLeak(async () => {
      const found = await attack<tf.Tensor2D>(model, x, labels, options);
      expectClosedForm(found.dataSync(), threat);
      found.dispose();
    });
  });

  const verdicts = {
    apgdAttack: () => apgdAttack<tf.Tensor2D>(model, x, labels, {...options, steps: 10}),
    'apgdAttack from a random point': () =>
      apgdAttack<tf.Tensor2D>(model, x, labels, {...options, steps: 10, rng: createRng(1)}),
    restartedPgdAttack: () =>
      restartedPgdAttack<tf.Tensor2D>(model, x, labels, {
        ...{...options, steps: 10, restarts: 1, rng: createRng(1)},
      }),
    fabAttack: () => fabAttack<tf.Tensor2D>(model, x, labels, {...options, steps: 30}),
    'fabAttack, two restarts': () =>
      fabAttack<tf.Tensor2D>(model, x, labels, {
        ...{...options, steps: 30, restarts: 2, rng: createRng(1), earlyStop: false},
      }),
    deepFoolAttack: () => deepFoolAttack<tf.Tensor2D>(model, x, labels, options),
  };
  it.each(Object.entries(verdicts))('%s breaks what can be broken', async (name, run) => {
    await expectNoLeak(async () => {
      const {success, adversarial} = await run();
      const robust = robustRows(threat);
      const values = adversarial.dataSync();
      adversarial.dispose();
      // DeepFool goes beyond the boundary, and along one direction, whatever range is in the way.
      const isExact = name !== 'deepFoolAttack';
      success.forEach((broken, i) => {
        if (isExact) expect([i, broken]).toEqual([i, !robust[i]]);
        else if (broken) expect(robust[i]).toBe(false);
        rows[i]?.forEach((value, k) => {
          const moved = Math.abs((values[4 * i + k] ?? NaN) - Math.fround(value));
          expect(moved).toBeLessThanOrEqual((threat.budget[k] ?? NaN) * (1 + 1e-5) + 1e-7 * value);
        });
      });
    });
  });

  it('AutoAttack has the closed form as its robust accuracy, and reports the budgets', async () => {
    const robust = robustRows(threat);
    const report = await autoAttack<tf.Tensor2D>(model, x, labels, {
      ...{...options, steps: 10, rng: createRng(3)},
      attacks: ['apgd-ce', 'apgd-t', 'fab-t'],
    });
    expect(report.samples.map(({verdict}) => verdict === 'robust')).toEqual(robust);
    expect(report.features?.range === null).toBe(!threat.clip);
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  it('evaluateRobustness scores it, by closures, transfer and AutoAttack', async () => {
    if (options.epsilon instanceof Float32Array) return; // for this batch alone
    const share = robustRows(threat).filter(Boolean).length / N;
    const {attacks} = await evaluateRobustness<tf.Tensor2D>(
      model,
      {x, labels},
      {
        batchSize: 17,
        rng: createRng(1),
        attacks: {
          pgd: (m, a, b, context) => pgdAttack(m, a, b, {...context, ...options}),
          transfer: transferAttack<tf.Tensor2D>(model, (m, a, b, context) =>
            fgsmAttack(m, a, b, {...context, ...options}),
          ),
          autoAttack: autoAttackForEvaluation<tf.Tensor2D>({
            ...options,
            ...{attacks: ['apgd-ce'], steps: 10},
          }),
        },
      },
    );
    expect(attacks['pgd']?.accuracy).toBe(share);
    expect(attacks['transfer']?.accuracy).toBe(share);
    expect(attacks['autoAttack']?.accuracy).toBe(share);
  });
});

describe('an ellipsoid: L2 with an epsilon by feature', () => {
  const threat = {norm: 'l2', epsilon: [EPSILON], clip: null} as const;
  // The dual norm of the slopes in budgets: how far the margin can fall.
  const reach = Math.hypot(...SLOPES.map((slope, k) => slope * (EPSILON[k] ?? NaN)));

  it('PGD ends at the one worst point', () => {
    const found = tf.tidy(() =>
      pgdAttack<tf.Tensor2D>(model, x, labels, {...threat, steps: 5, stepSize: 0.5}).dataSync(),
    );
    rows.forEach((row, i) => {
      const side = truth[i] === 1 ? -1 : 1;
      row.forEach((value, k) => {
        const budget = EPSILON[k] ?? NaN;
        const expected = value + (side * budget ** 2 * (SLOPES[k] ?? NaN)) / reach;
        const error = Math.abs((found[4 * i + k] ?? NaN) - expected);
        expect(error).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(expected)));
      });
    });
  });

  it('FAB and DeepFool find the least distance in budgets', async () => {
    const fab = await fabAttack<tf.Tensor2D>(model, x, labels, {...threat, earlyStop: false});
    const deepFool = await deepFoolAttack<tf.Tensor2D>(model, x, labels, {...threat});
    tf.dispose([fab.adversarial, deepFool.adversarial]);
    rows.forEach((row, i) => {
      const exact = Math.abs(margin(row)) / reach;
      expect(fab.minimalDistances[i]).toBeGreaterThan(exact * 0.999);
      expect(fab.minimalDistances[i]).toBeLessThan(exact * 1.02 + 0.01);
      expect(deepFool.minimalDistances[i]).toBeLessThan(exact * 1.05 + 0.01);
      if (Math.abs(exact - 1) > 0.02) expect(fab.success[i]).toBe(exact < 1);
    });
  });
});

describe('patches of images', () => {
  // Two classes by the mean of one half of the image; only the other half, or a patch, may change.
  const [height, width] = [6, 6];
  const inPatch = (i: number) => Math.floor(i / 12) >= 3 && Math.floor(i / 2) % 6 < 4;
  const slopes = Array.from({length: 72}, (_, i) => Math.sin(3 * i + 1) / 10);
  const pictures = Array.from({length: 12}, (_, n) =>
    slopes.map((slope, i) => {
      const signal = 0.02 * (n % 6) * Math.sign(slope) * (n % 2 === 0 ? 1 : -1);
      return 0.5 + 0.35 * Math.sin(7 * i + 5 * n) + signal;
    }),
  );
  const score = (picture: readonly number[]) =>
    picture.reduce((sum, value, i) => sum + (value - 0.5) * (slopes[i] ?? NaN), 0);
  const classes = pictures.map((picture) => Number(score(picture) > 0));
  const epsilon = 0.1;
  const isRobust = pictures.map((picture, n) => {
    const side = classes[n] === 1 ? 1 : -1;
    const least = picture.reduce((sum, value, i) => {
      const slope = (slopes[i] ?? NaN) * side;
      const moved = inPatch(i)
        ? Math.min(Math.max(value - Math.sign(slope) * epsilon, 0), 1)
        : value;
      return sum + (moved - 0.5) * slope;
    }, 0);
    return least > 0;
  });
  const w = tf.tensor2d(slopes.map((slope) => [-slope / 2, slope / 2]));
  const images = tf.tensor4d(pictures.flat(), [12, height, width, 2]);
  const y = tf.tensor1d(classes, 'int32');
  const mask = tf.tensor3d(
    Array.from({length: 36}, (_, pixel) => Number(inPatch(2 * pixel))),
    [height, width, 1],
  );
  const net = (z: tf.Tensor4D): tf.Tensor2D =>
    tf.matMul(tf.sub(tf.reshape(z, [-1, 72]), 0.5), w) as tf.Tensor2D;
  afterAll(() => {
    tf.dispose([w, images, y, mask]);
  });

  const outside = (a: tf.Tensor) =>
    tf.tidy(() => tf.max(tf.abs(tf.mul(tf.sub(a, images), tf.sub(1, mask)))).dataSync()[0]);

  it('some stand and some fall', () => {
    expect(isRobust.filter(Boolean).length).toBeGreaterThan(2);
    expect(isRobust.filter((is) => !is).length).toBeGreaterThan(2);
  });

  it('Square breaks nothing beyond the patch, and with time what can be broken', async () => {
    await expectNoLeak(async () => {
      const {success, adversarial} = await squareAttack(net, images, y, {
        ...{epsilon, mask, queries: 1500, rng: createRng(1)},
      });
      expect(outside(adversarial)).toBe(0);
      adversarial.dispose();
      success.forEach((broken, n) => {
        if (broken) expect(isRobust[n]).toBe(false);
      });
      expect(success.filter(Boolean).length).toBeGreaterThanOrEqual(
        isRobust.filter((is) => !is).length - 1,
      );
    });
  });

  it('Square has the same patch with the channels first', async () => {
    const first = tf.transpose(images, [0, 3, 1, 2]);
    const firstMask = tf.transpose(mask, [2, 0, 1]);
    const settings = {epsilon, queries: 200, rng: createRng(1)};
    const last = await squareAttack(net, images, y, {...settings, mask});
    const found = await squareAttack((z) => net(tf.transpose(z, [0, 2, 3, 1])), first, y, {
      ...{...settings, mask: firstMask, dataFormat: 'channelsFirst'},
    });
    const difference = tf.tidy(() =>
      tf.max(tf.abs(tf.sub(tf.transpose(found.adversarial, [0, 2, 3, 1]), last.adversarial))),
    );
    expect(difference.dataSync()[0]).toBe(0);
    expect(found.success).toEqual(last.success);
    tf.dispose([first, firstMask, last.adversarial, found.adversarial, difference]);
  });

  it('the standard AutoAttack has the closed form', async () => {
    const {report, adversarial} = await autoAttack(net, images, y, {
      ...{epsilon, mask, rng: createRng(1), steps: 20, queries: 50, adversarial: true},
    });
    expect(report.samples.map(({verdict}) => verdict === 'robust')).toEqual(isRobust);
    expect(outside(adversarial)).toBe(0);
    adversarial.dispose();
  });

  it('a checkpoint is of one mask', async () => {
    const checkpoints = memoryCheckpoints();
    const settings = {epsilon, rng: createRng(1), steps: 3, checkpoints} as const;
    const attacks = ['apgd-ce'] as const;
    const first = await autoAttack(net, images, y, {...settings, attacks, mask});
    const again = await autoAttack(net, images, y, {...settings, attacks, mask});
    expect(again.samples).toEqual(first.samples);
    const others = [{}, {mask: tf.ones([6, 6, 1])}, {mask, clip: [[0, 0], 1]}] as const;
    for (const other of others) {
      await expect(autoAttack(net, images, y, {...settings, attacks, ...other})).rejects.toThrow(
        /another/,
      );
    }
    tf.dispose(others[1].mask);
  });

  it.each([
    [
      'carliniWagnerAttack',
      (options: object) => carliniWagnerAttack(net, images, y, {norm: 'l2', ...options}),
    ],
    [
      'squareAttack',
      (options: object) =>
        squareAttack(net, images, y, {norm: 'l2', rng: createRng(1), ...options}),
    ],
    [
      'autoAttack',
      (options: object) =>
        autoAttack(net, images, y, {norm: 'l2', epsilon: 1, rng: createRng(1), ...options}),
    ],
    ['apgdAttack', (options: object) => apgdAttack(net, images, y, {quantize: 256, ...options})],
  ])('%s refuses by name what it cannot do', async (name, attack) => {
    await expect(attack({mask})).rejects.toThrow(
      new RegExp(`^${name}: "mask" must be left out, found a mask\\. .+`),
    );
    await expect(attack({epsilon: [[0.1, 0.2]]})).rejects.toThrow(
      new RegExp(`^${name}: "epsilon" must be one value for all features`),
    );
    await expect(attack({clip: [0, [1, 2]]})).rejects.toThrow(
      new RegExp(`^${name}: "clip" must be one value for all features`),
    );
  });
});
