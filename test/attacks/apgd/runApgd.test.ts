import type * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {runApgd} from '../../../src/attacks/apgd/runApgd';
import {sphereStart} from '../../../src/attacks/search/sphereStart';
import {createRng} from '../../../src/core/rng';
import {linearModel} from '../../support/models';
import {problemOf} from '../../support/problems';
import {expectClose, expectNoLeak, numbers} from '../../support/tensors';

// Class c has logit x_c: the order of the classes is that of the pixels.
const identity = linearModel([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]], [0, 0, 0, 0]); // prettier-ignore
const X = [[0.9, 0.2, 0.5, 0.4]];

describe('runApgd', () => {
  it('has the defaults of the standard AutoAttack', async () => {
    const problem = problemOf(identity, X, [0], {
      threat: {norm: 'linf', epsilon: 0.01, clip: null},
    });
    const ce = await runApgd(problem, {});
    expect([ce.forward[0], ce.backward[0]]).toEqual([101, 100]);
    // 10.1 minus clean passes and backward passes at last iterates.
    const targeted = await runApgd(problem, {loss: 'targeted-dlr', steps: 4});
    expect([targeted.forward[0], targeted.backward[0]]).toEqual([3 * 5, 3 * 4]);
    problem.x.dispose();
  });

  it('tries targets by their rank at the clean input, and says which it was', async () => {
    const at = async (epsilon: number, numTargets: number) => {
      const problem = problemOf(identity, X, [0], {threat: {norm: 'linf', epsilon, clip: null}});
      const outcome = await runApgd(problem, {loss: 'targeted-dlr', steps: 10, numTargets});
      problem.x.dispose();
      return [outcome.targets.get(0), outcome.forward[0]];
    };
    expect(await at(0.21, 1)).toEqual([2, 2]);
    expect(await at(0.19, 3)).toEqual([undefined, 33]);
    // Where class 2 cannot grow, class 3 is next.
    const stubborn = linearModel([[1, 0, 0, 0], [0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1]], [0, 0, -0.3, 0]); // prettier-ignore
    const problem = problemOf(stubborn, X, [0], {
      threat: {norm: 'linf', epsilon: 0.26, clip: null},
    });
    const outcome = await runApgd(problem, {loss: 'targeted-dlr', steps: 3});
    expect(outcome.targets.get(0)).toBe(3);
    problem.x.dispose();
  });

  it('starts at a point of its own for each restart, rank and example', async () => {
    const seen: number[][] = [];
    const watched = (x: tf.Tensor2D): tf.Tensor2D => {
      seen.push(numbers(x));
      return identity(x);
    };
    const rng = createRng(8);
    const threat = {norm: 'linf', epsilon: 0.01, clip: null} as const;
    const problem = problemOf(watched, [...X, ...X], [0, 0], {
      ...{threat, rng, ids: Int32Array.of(5, 9)},
    });
    seen.length = 0;
    await runApgd(problem, {loss: 'targeted-dlr', steps: 1, restarts: 2, numTargets: 2});
    const start = (restart: number, rank: number) =>
      [5, 9].flatMap((id) => {
        const own = rng.fork('apgd').fork(restart).fork(rank).fork(id);
        return Array.from(sphereStart(Float32Array.from(X[0] as number[]), 0.01, 'linf', own));
      });
    const expected = [start(0, 1), start(1, 1), start(0, 2), start(1, 2)];
    expected.forEach((points, run) => {
      expectClose(seen[2 * run] as number[], points, 1e-6);
    });
    expect(new Set(expected.map((points) => points.join())).size).toBe(4);
    // Rank 0 for an attack without targets.
    seen.length = 0;
    await runApgd(problem, {steps: 1});
    expectClose(seen[0] as number[], start(0, 0), 1e-6);
    problem.x.dispose();
  });

  it('keeps the best of several runs, for every example', async () => {
    const threat = {norm: 'linf', epsilon: 0.1, clip: null} as const;
    const lossAt = (point: Float32Array) => {
      const z = Array.from(point);
      return Math.log(z.reduce((sum, v) => sum + Math.exp(v), 0)) - (z[0] as number);
    };
    const best = async (restarts: number) => {
      const problem = problemOf(identity, X, [0], {threat, rng: createRng(2)});
      const {points} = await runApgd(problem, {steps: 1, restarts, returns: 'best-loss'});
      problem.x.dispose();
      expect(points.size).toBe(1);
      return lossAt(points.get(0) as Float32Array);
    };
    expect(await best(3)).toBeGreaterThanOrEqual(await best(1));
  });

  it('does not count as undecided what is wrong from the start', async () => {
    const undecided: number[] = [];
    const problem = problemOf(identity, [...X, ...X], [0, 1], {
      threat: {norm: 'linf', epsilon: 0.01, clip: null},
      pause: (left) => {
        undecided.push(left);
        return Promise.resolve();
      },
    });
    await runApgd(problem, {returns: 'best-loss', steps: 3});
    expect(new Set(undecided)).toEqual(new Set([1]));
    problem.x.dispose();
  });

  it('stops once nobody is left, and leaks nothing', async () => {
    const problem = problemOf(identity, X, [0], {threat: {norm: 'linf', epsilon: 0.5, clip: null}});
    await expectNoLeak(async () => {
      const outcome = await runApgd(problem, {loss: 'targeted-dlr'});
      expect(outcome.forward[0]).toBe(2);
      expect(outcome.points.size).toBe(1);
    });
    problem.x.dispose();
  });
});
