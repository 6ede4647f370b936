import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {featureThreat, type FeatureThreatModel} from '../../src/core/featureThreat';
import {createRng} from '../../src/core/rng';
import {ballProjection, projectToBall, randomStart, steepestAscent} from '../../src/math/ball';
import {featureAscent, featureProjection, isByFeature} from '../../src/math/featureBall';
import {expectClose, expectNoLeak, numbers} from '../support/tensors';

const center = [
  [30, 500, 1, 0],
  [79, 10, 0, -2],
];
const budgets = [5, 100, 0, 0.5];
const box: FeatureThreatModel = {
  norm: 'linf',
  epsilon: [budgets],
  clip: [
    [18, 0, 0, -Infinity],
    [80, 1000, 1, Infinity],
  ],
};

describe('projectToBall', () => {
  it('is the box of budgets and ranges', async () => {
    await expectNoLeak(() => {
      const point = tf.tensor2d([
        [20, 550, 0, 9],
        [90, -90, 1, -2.25],
      ]);
      const at = tf.tensor2d(center);
      const projected = projectToBall(point, at, box);
      expect(Array.from(projected.dataSync())).toEqual([25, 550, 1, 0.5, 80, 0, 0, -2.25]);
      tf.dispose([point, at, projected]);
      return Promise.resolve();
    });
  });

  it('is the plain projection in units of the budgets, L2', () => {
    const threat = {...box, norm: 'l2', clip: null} as const;
    const scaled = tf.tidy(() => {
      const inUnits = tf.tensor2d([[0.3, -2, 0, 4]]);
      const plain = projectToBall(inUnits, tf.zerosLike(inUnits), {
        ...{norm: 'l2', epsilon: 1, clip: null},
      });
      return Array.from(plain.dataSync());
    });
    const projected = tf.tidy(() => {
      const at = tf.tensor2d([center[0] ?? []]);
      const offset = tf.mul(tf.tensor2d([[0.3, -2, 0, 4]]), tf.tensor1d(budgets));
      return projectToBall(tf.add<tf.Tensor2D>(at, offset), at, threat).dataSync();
    });
    const expected = scaled.map(
      (value, k) => (center[0]?.[k] ?? NaN) + value * (budgets[k] ?? NaN),
    );
    expectClose(projected, expected, 1e-4);
  });

  it('never moves a clean value that lies beside its range by rounding', () => {
    const at = tf.tensor2d([[1 + 2 ** -20, 0.5]]);
    const threat = {norm: 'linf', epsilon: 0.1, clip: [0, [1, 1]], mask: [0, 1]} as const;
    const projected = tf.tidy(() => projectToBall(at, at, threat).dataSync());
    expect(projected).toEqual(at.dataSync());
    at.dispose();
  });
});

describe('randomStart', () => {
  it.each(['linf', 'l2'] as const)('is the plain one in units of the budgets, %s', (norm) => {
    tf.tidy(() => {
      const at = tf.tensor2d(center);
      const plain = {norm, epsilon: 1, clip: null};
      const unit = randomStart(tf.zerosLike(at), plain, createRng(4));
      const start = randomStart(at, {...box, norm, clip: null}, createRng(4));
      expectClose(
        start.dataSync(),
        tf.add(at, tf.mul(unit, tf.tensor1d(budgets))).dataSync(),
        1e-4,
      );
      const inside = randomStart(at, {...box, norm}, createRng(4));
      expectClose(projectToBall(inside, at, {...box, norm}).dataSync(), inside.dataSync(), 1e-4);
      expect(inside.arraySync().map((row) => row[2])).toEqual([1, 0]);
    });
  });
});

it('features of an own budget stay in a range that all share', () => {
  tf.tidy(() => {
    const threat = {norm: 'linf', epsilon: [[5, 100]], clip: [0, 1]} as const;
    const at = tf.tensor2d([[0.25, 0.5]]);
    expect(numbers(projectToBall(tf.tensor2d([[9, -9]]), at, threat))).toEqual([1, 0]);
    const free = projectToBall(tf.tensor2d([[9, -9]]), at, {...threat, clip: null});
    expect(numbers(free)).toEqual([5.25, -9]);
  });
});

it('featureAscent measures gradients and steps in budgets', () => {
  const {features} = featureThreat('f', {...box, clip: null}, [1, 4]);
  if (features === undefined) throw new Error('no features');
  tf.tidy(() => {
    const gradient = tf.tensor2d([[3, 0.4, -7, 2]]);
    const step = (norm: 'linf' | 'l2', inUnits = true) =>
      featureAscent(gradient, features, (g) => steepestAscent(g, norm), inUnits).dataSync();
    expectClose(step('linf'), [5, 100, 0, 0.5]);
    const asAbove = featureAscent(gradient, features, (g) => steepestAscent(g, 'linf'));
    expectClose(asAbove, [5, 100, 0, 0.5]);
    const scaled = [15, 40, 0, 1];
    const length = Math.hypot(...scaled);
    expectClose(
      step('l2', false),
      scaled.map((value) => value / length),
    );
    expectClose(
      step('l2'),
      scaled.map((value, k) => (value / length) * (budgets[k] ?? NaN)),
      1e-5,
    );
  });
});

it('featureProjection is what ballProjection gives', () => {
  const threat = featureThreat('f', box, [2, 4]);
  if (!isByFeature(threat)) throw new Error('no features');
  expect(isByFeature({norm: 'l2', epsilon: 1, clip: null})).toBe(false);
  tf.tidy(() => {
    const [at, point] = [tf.tensor2d(center), tf.zeros<tf.Rank.R2>([2, 4])];
    expect(featureProjection(at, threat)(point).dataSync()).toEqual(
      ballProjection(at, threat)(point).dataSync(),
    );
  });
});
