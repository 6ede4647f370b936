import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {type AscentState, initialState, nextIterate} from '../../../src/attacks/apgd/state';
import type {LiveRows} from '../../../src/attacks/search/liveRows';
import type {ThreatModel} from '../../../src/core/threatModel';
import {problemOf} from '../../support/problems';
import {expectClose, expectNoLeak, numbers} from '../../support/tensors';

const rowsOf = (...positions: number[]): LiveRows => ({
  positions: Int32Array.from(positions),
  live: positions.length,
});

const stateOf = (x: number[][], current: number[][], previous: number[][], gradient: number[][]) =>
  ({
    x: tf.tensor2d(x),
    current: tf.tensor2d(current),
    previous: tf.tensor2d(previous),
    gradient: tf.tensor2d(gradient),
  }) as unknown as AscentState<tf.Tensor2D>;

describe('nextIterate', () => {
  it('takes epsilons and steps of the rows it holds', () => {
    tf.tidy(() => {
      const point = [[0.5], [0.5]];
      const state = stateOf(point, point, point, [[1], [-1]]);
      const threat: ThreatModel = {norm: 'linf', epsilon: [0.25, 7, 0.125], clip: [0, 1]};
      const steps = Float64Array.of(0.125, 9, 3);
      const problem = {threat, levels: undefined};
      expect(numbers(nextIterate(problem, state, rowsOf(2, 0), steps, 1))).toEqual([0.625, 0.375]);
    });
  });

  it('mixes in the last move', () => {
    tf.tidy(() => {
      const state = stateOf([[0.5]], [[0.5]], [[0.25]], [[1]]);
      const problem = {
        threat: {norm: 'linf', epsilon: 0.5, clip: null},
        levels: undefined,
      } as const;
      // 0.5 + 0.75 · 0.25 + 0.25 · 0.25
      expect(numbers(nextIterate(problem, state, rowsOf(0), Float64Array.of(0.25), 0.75))).toEqual([
        0.75,
      ]);
    });
  });

  it('rounds to grey levels once, at the end', () => {
    tf.tidy(() => {
      // Half a level ahead and on by momentum: 0.75 · 0.4 + 0.25 · 1 = 0.55 levels.
      const level = 1 / 255;
      const state = stateOf([[0]], [[10 * level]], [[9 * level]], [[1]]);
      const problem = {
        threat: {norm: 'linf', epsilon: 20 * level, clip: [0, 1]},
        levels: 256,
      } as const;
      const at = (step: number) =>
        numbers(nextIterate(problem, state, rowsOf(0), Float64Array.of(step * level), 0.75));
      expect(at(0.4)).toEqual([Math.fround(11 / 255)]);
      expect(at(0.3)).toEqual([Math.fround(10 / 255)]);
      expect(at(30)).toEqual([Math.fround(18 / 255)]); // 10 + .75 · 10 + .25 = 17.75
    });
  });

  it('leaks nothing', async () => {
    const state = stateOf([[0.5]], [[0.5]], [[0.5]], [[1]]);
    for (const levels of [undefined, 256]) {
      await expectNoLeak(() => {
        const threat: ThreatModel = {norm: 'l2', epsilon: 0.25, clip: [0, 1]};
        nextIterate({threat, levels}, state, rowsOf(0), Float64Array.of(0.5), 0.75).dispose();
      });
    }
    tf.dispose(state);
  });
});

describe('initialState', () => {
  const model = (x: tf.Tensor2D): tf.Tensor2D => tf.concat([x, tf.zerosLike(x)], 1);

  it('starts at the clean inputs, or where it is told, within ball and range', () => {
    tf.tidy(() => {
      const problem = problemOf(model, [[0.25], [0.5], [1]], [0, 0, 0]);
      const rows = rowsOf(2, 1);
      const still = initialState(problem, rows, Int32Array.of(7, 8, 9), undefined);
      expect(numbers(still.x)).toEqual([1, 0.5]);
      expect(numbers(still.current)).toEqual([1, 0.5]);
      expect(numbers(still.previous)).toEqual([1, 0.5]);
      expect(numbers(still.best)).toEqual([1, 0.5]);
      expect([numbers(still.labels), numbers(still.targets)]).toEqual([[0, 0], [9, 8]]); // prettier-ignore
      expect([still.labels.dtype, still.targets.dtype]).toEqual(['int32', 'int32']);
      const moved = initialState(problem, rows, Int32Array.of(0, 0, 0), (position) =>
        Float32Array.of(position === 2 ? 1.05 : 0.2),
      );
      expectClose(moved.current, [1, 0.4], 1e-6);
      expectClose(moved.previous, [1, 0.4], 1e-6);
    });
  });
});
