import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {
  emptyMinimalNorm,
  MINIMAL_NORM_DEFAULTS,
  type MinimalNormOutcome,
  minimalNormVerdicts,
  recordIfNearer,
} from '../../../src/attacks/search/minimalNorm';
import type {Problem} from '../../../src/attacks/search/problem';
import {linearModel} from '../../support/models';
import {expectClose, expectNoLeak, int} from '../../support/tensors';

const floats = (...values: number[]) => Float32Array.from(values);

describe('recordIfNearer', () => {
  const threat = {norm: 'l2', epsilon: 0.5, clip: [0, 1]} as const;
  const center = floats(0, 0);

  it('keeps the nearest, and counts as success what is within epsilon', () => {
    const outcome = emptyMinimalNorm(2);
    const problem = {threat, levels: undefined};
    const record = (...point: number[]) => {
      recordIfNearer(problem, outcome, 1, floats(...point), center);
      return [outcome.norms[1], outcome.points.get(1)];
    };
    expect(outcome.norms).toEqual(Float64Array.of(Infinity, Infinity));
    expect(record(0.75, 0)).toEqual([0.75, undefined]);
    expect(record(0, 0.8)).toEqual([0.75, undefined]);
    expect(record(NaN, 0)).toEqual([0.75, undefined]);
    expect(record(0.5, 0)).toEqual([0.5, floats(0.5, 0)]);
    expect(record(0, 0.5)).toEqual([0.5, floats(0.5, 0)]);
    expect(record(0, 0.25)).toEqual([0.25, floats(0, 0.25)]);
    expect(outcome.points.size).toBe(1);
    expect(outcome.norms[0]).toBe(Infinity);
  });

  it('copies the point, and knows an epsilon per example', () => {
    const outcome = emptyMinimalNorm(2);
    const problem = {threat: {...threat, epsilon: [1, 0.1]}, levels: undefined};
    const point = floats(0.25, 0);
    recordIfNearer(problem, outcome, 0, point, center);
    recordIfNearer(problem, outcome, 1, point, center);
    point.fill(9);
    expect([...outcome.points]).toEqual([[0, floats(0.25, 0)]]);
    expect(outcome.norms).toEqual(Float64Array.of(0.25, 0.25));
  });

  it('measures grey levels in whole ones', () => {
    const problem = {threat: {norm: 'linf', epsilon: 8 / 255, clip: [0, 1]} as const, levels: 256};
    const outcome = emptyMinimalNorm(3);
    // 108/255 − 100/255 is more than 8/255 in floating point.
    recordIfNearer(problem, outcome, 0, floats(108 / 255), floats(100 / 255));
    recordIfNearer(problem, outcome, 1, floats(109 / 255), floats(100 / 255));
    expect([...outcome.points.keys()]).toEqual([0]);
    expect(outcome.norms[1]).toBeCloseTo(9 / 255, 6);
  });
});

describe('minimalNormVerdicts', () => {
  const model = linearModel(
    [
      [1, 0],
      [0, 1],
    ],
    [0.3, 0],
  );
  type Seen = Pick<Problem<tf.Tensor2D>, 'threat' | 'earlyStop'>;

  const verdicts = async (
    options: Partial<typeof MINIMAL_NORM_DEFAULTS>,
    search?: (outcome: MinimalNormOutcome) => void,
  ) => {
    const x = tf.tensor2d([
      [0.5, 0.5],
      [0.1, 0.9],
      [0.5, 0.4],
      [0.5, 0.3],
    ]);
    const labels = int([0, 0, 0, 0]);
    let seen: Seen | undefined;
    const settings = {...MINIMAL_NORM_DEFAULTS, ...options};
    const {adversarial, ...result} = await minimalNormVerdicts('f', model, x, labels, settings, {
      iterations: () => 1,
      run: (problem) => {
        seen = problem;
        const outcome = emptyMinimalNorm(problem.labels.length);
        search?.(outcome);
        return Promise.resolve(outcome);
      },
    });
    const values = Array.from(adversarial.dataSync());
    tf.dispose([x, labels, adversarial]);
    return {...result, values, threat: seen?.threat, earlyStop: seen?.earlyStop};
  };

  it('bounds nothing without epsilon, and then goes on to the minimum', async () => {
    const linf = await verdicts({});
    expect([linf.threat?.epsilon, linf.earlyStop]).toEqual([1, false]);
    const wide = await verdicts({clip: [-1, 2]});
    expect(wide.threat?.epsilon).toBe(3);
    for (const options of [{norm: 'l2'}, {clip: null}] as const) {
      expect((await verdicts(options)).threat?.epsilon).toBe(Number.MAX_VALUE);
    }
  });

  it('stops early with epsilon only, and if asked', async () => {
    expect(await verdicts({epsilon: 0.2})).toMatchObject({
      threat: {epsilon: 0.2},
      earlyStop: true,
    });
    expect((await verdicts({epsilon: 0.2, earlyStop: false})).earlyStop).toBe(false);
    expect((await verdicts({epsilon: [0, 1, 0.25, 0]})).threat?.epsilon).toEqual(
      [0, 0.25, 0], // without the example that is wrong
    );
    await expect(verdicts({epsilon: 8})).rejects.toThrow(/^f: "epsilon"/);
  });

  it('gives the smallest norm of each example, 0 where it was wrong, null where none was', async () => {
    await expectNoLeak(async () => {
      const result = await verdicts({epsilon: 0.7, norm: 'l2'}, ({norms, points}) => {
        norms.set([0.7, Infinity, 0.9]);
        points.set(0, floats(0.1, 0.9));
      });
      expect(result.minimalDistances).toEqual([0.7, 0, null, 0.9]);
      expect(result.success).toEqual([true, true, false, false]);
    });
  });

  it('gives the points found', async () => {
    const {values, success, distances} = await verdicts({}, ({points, norms}) => {
      points.set(2, floats(0.25, 0.75));
      norms[2] = 0.45;
    });
    expect(success).toEqual([false, true, false, true]);
    expectClose(values, [0.5, 0.5, 0.1, 0.9, 0.5, 0.4, 0.25, 0.75], 1e-6);
    expectClose(distances, [0, 0, 0, 0.45], 1e-6);
  });
});
