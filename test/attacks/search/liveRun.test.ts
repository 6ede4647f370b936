import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {liveRows} from '../../../src/attacks/search/liveRows';
import {type LiveRun, liveRun, type Search} from '../../../src/attacks/search/liveRun';
import {expectNoLeak, numbers} from '../../support/tensors';

type State = {readonly values: tf.Tensor1D; readonly steps: tf.Tensor1D};

// Five examples; `leavesAfter` has the step after which each is finished.
function counting(leavesAfter: readonly number[], given: Partial<Search<State>> = {}) {
  let step = -1;
  const log = {
    pauses: [] as number[],
    positions: [] as number[][],
    values: [] as number[][],
    compactions: [] as [number[], number][],
    end: undefined as number[] | undefined,
  };
  const isFinished = (position: number) => (leavesAfter[position] ?? Infinity) <= step;
  const problem = {
    pause: (undecided: number) => {
      log.pauses.push(undecided);
      return Promise.resolve();
    },
  };
  const search: Search<State> = {
    rows: liveRows(leavesAfter.length, isFinished),
    steps: 4,
    isFinished,
    undecided: () => leavesAfter.filter((_, i) => !isFinished(i)).length,
    start: (rows) => ({
      values: tf.tensor1d(rows.positions.map((position) => 10 * position)),
      steps: tf.tidy(() => tf.zeros([rows.positions.length])),
    }),
    step: (run, index) => {
      step = index;
      log.positions.push(Array.from(run.rows.positions));
      log.values.push([...numbers(run.state.values), ...numbers(run.state.steps)]);
      run.replace({steps: tf.add(run.state.steps, 1)});
      return Promise.resolve();
    },
    compact: (from, live) => log.compactions.push([Array.from(from), live]),
    end: (run) => {
      log.end = Array.from(run.rows.positions);
      return Promise.resolve();
    },
    ...given,
  };
  return {log, run: () => liveRun(problem, search)};
}

describe('liveRun', () => {
  it('steps on the examples that are not finished, with their rows of the state', async () => {
    await expectNoLeak(async () => {
      const {log, run} = counting([9, 0, 9, 1, -1]);
      await run();
      expect(log.positions).toEqual([[0, 1, 2, 3], [0, 2, 3], [0, 2], [0, 2]]); // prettier-ignore
      expect(log.values[1]).toEqual([0, 20, 30, 1, 1, 1]);
      expect(log.values[3]).toEqual([0, 20, 3, 3]);
      expect(log.pauses).toEqual([4, 3, 2, 2]);
      expect(log.compactions).toEqual([
        [[0, 2, 3], 3],
        [[0, 1], 2],
      ]);
      expect(log.end).toEqual([0, 2]);
    });
  });

  it('ends when all are finished, and does not start without an example', async () => {
    await expectNoLeak(async () => {
      const early = counting([0, 1]);
      await early.run();
      expect(early.log.positions).toEqual([[0, 1], [1]]);
      expect(early.log.end).toBeUndefined();
      const none = counting([-1, -1]);
      await none.run();
      expect(none.log.pauses).toEqual([]);
    });
  });

  it('disposes the state when a step, the pause or the end throws', async () => {
    const fail = () => Promise.reject(new Error('enough'));
    await expectNoLeak(async () => {
      await expect(counting([9], {step: fail}).run()).rejects.toThrow('enough');
      await expect(counting([9], {end: fail}).run()).rejects.toThrow('enough');
      const {run} = counting([9, 9], {
        undecided: () => {
          throw new Error('enough');
        },
      });
      await expect(run()).rejects.toThrow('enough');
    });
  });

  it('replaces several tensors at once and keeps the others', async () => {
    await expectNoLeak(async () => {
      let seen: LiveRun<State> | undefined;
      const before: tf.Tensor[] = [];
      await counting([9], {
        steps: 1,
        step: (run) => {
          before.push(run.state.values, run.state.steps);
          run.replace({steps: tf.tensor1d([7])});
          expect(before.map(({isDisposed}) => isDisposed)).toEqual([false, true]);
          expect(run.state.values).toBe(before[0]);
          seen = run;
          return Promise.resolve();
        },
      }).run();
      expect(seen?.state.steps.isDisposed).toBe(true);
    });
  });
});
