import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {ascend} from '../../../src/attacks/apgd/ascend';
import {APGD_DEFAULTS, type ApgdSettings} from '../../../src/attacks/apgd/settings';
import {liveRows} from '../../../src/attacks/search/liveRows';
import {countedPasses} from '../../../src/attacks/search/passes';
import {emptyOutcome, type Problem} from '../../../src/attacks/search/problem';
import {linearModel} from '../../support/models';
import {problemOf} from '../../support/problems';
import {expectClose} from '../../support/tensors';

// z = (0, v − 0.5): class 1 beyond 0.5, and its logit rises with v.
const model = linearModel([[0], [1]], [0, -0.5]);

function setUp(x: number[], settings: Partial<ApgdSettings> = {}, given = {}) {
  const problem: Problem<tf.Tensor2D> = problemOf(
    model,
    x.map((v) => [v]),
    x.map(() => 0),
    {threat: {norm: 'linf', epsilon: 0.1, clip: [0, 1]}, ...given},
  );
  const outcome = emptyOutcome(x.length);
  const context = {
    problem,
    settings: {...APGD_DEFAULTS, steps: 3, ...settings},
    passes: countedPasses(problem, outcome),
    outcome,
    fallen: new Set<number>(),
  };
  const targets = Int32Array.from(x, () => 1);
  const run = {rows: liveRows(x.length, () => false), targets, start: undefined};
  return {problem, outcome, context, run};
}

describe('ascend', () => {
  it('lets who falls go, and goes on with the others', async () => {
    const {problem, outcome, context, run} = setUp([0.1, 0.45, 0.2]);
    const best = await ascend(context, run);
    expect(best.size).toBe(0);
    expect([...outcome.points.keys()]).toEqual([1]);
    expectClose(outcome.points.get(1) ?? [], [0.55], 1e-6);
    expect([...context.fallen]).toEqual([1]);
    expect(outcome.targets.size).toBe(0);
    expect(Array.from(outcome.forward)).toEqual([4, 2, 4]);
    expect(Array.from(outcome.backward)).toEqual([3, 2, 3]);
    problem.x.dispose();
  });

  it('attacks the rows it is given only', async () => {
    const {problem, outcome, context, run} = setUp([0.45, 0.45]);
    await ascend(context, {...run, rows: liveRows(2, (position) => position === 0)});
    expect([...outcome.points.keys()]).toEqual([1]);
    expect(Array.from(outcome.forward)).toEqual([0, 2]);
    problem.x.dispose();
  });

  it('names the target that led to a point', async () => {
    const {problem, outcome, context, run} = setUp([0.45], {loss: 'targeted-dlr'});
    await ascend(context, run);
    expect([...outcome.targets]).toEqual([[0, 1]]);
    problem.x.dispose();
  });

  it('returns the points of the highest loss where they are wanted, and claims none', async () => {
    const {problem, outcome, context, run} = setUp([0.1, 0.45], {returns: 'best-loss'});
    const best = await ascend(context, run);
    expect(outcome.points.size).toBe(0);
    expect([...context.fallen]).toEqual([1]);
    expectClose(best.get(0)?.values ?? [], [0.2], 1e-6);
    expect(best.get(0)?.loss).toBeCloseTo(Math.log(1 + Math.exp(-0.3)), 5);
    expectClose(best.get(1)?.values ?? [], [0.55], 1e-6);
    expect(best.get(1)?.loss).toBeCloseTo(Math.log(1 + Math.exp(0.05)), 5);
    expect(Array.from(outcome.forward)).toEqual([4, 4]);
    problem.x.dispose();
  });

  it('starts where it is told', async () => {
    const {problem, outcome, context, run} = setUp([0.45]);
    await ascend(context, {...run, start: () => Float32Array.of(0.52)});
    expectClose(outcome.points.get(0) ?? [], [0.52], 1e-6);
    expect(outcome.forward[0]).toBe(1);
    problem.x.dispose();
  });

  it('flags zero gradients at the start only', async () => {
    const flat = (x: tf.Tensor2D): tf.Tensor2D =>
      tf.concat([tf.add<tf.Tensor2D>(tf.relu(tf.sub(0.2, x)), 1), tf.zerosLike(x)], 1);
    const problem = problemOf(flat, [[0.3], [0.19]], [0, 0]);
    const outcome = emptyOutcome(2);
    const passes = countedPasses(problem, outcome);
    const {context, run} = setUp([0, 0]);
    context.problem.x.dispose();
    await ascend({...context, problem, outcome, passes}, run);
    // The second leaves its slope behind, but had one.
    expect(Array.from(outcome.zeroGradient)).toEqual([1, 0]);
    problem.x.dispose();
  });

  it('pauses before every evaluation, with how many stand', async () => {
    const seen: number[] = [];
    const pause = (undecided: number) => {
      seen.push(undecided);
      return Promise.resolve();
    };
    const {problem, context, run} = setUp([0.1, 0.45, 0.2], {}, {pause});
    await ascend(context, run);
    expect(seen).toEqual([3, 3, 2, 2]);
    problem.x.dispose();
  });
});
