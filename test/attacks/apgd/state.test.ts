import {fc, it} from '@fast-check/vitest';
import * as tf from '@tensorflow/tfjs-core';
import {describe, expect} from 'vitest';

import {
  type AscentState,
  initialState,
  nextIterate,
  threatAt,
} from '../../../src/attacks/apgd/state';
import type {LiveRows} from '../../../src/attacks/verdict/liveRows';
import type {ThreatModel} from '../../../src/core/threatModel';
import {problemOf} from '../../support/problems';
import {expectClose, expectNoLeak, numbers} from '../../support/tensors';

const rowsOf = (...positions: number[]): LiveRows => ({
  positions: Int32Array.from(positions),
  live: positions.length,
});

// One example in float64, from the algorithm.
function nextRow(
  {x, current, previous, gradient}: Record<'x' | 'current' | 'previous' | 'gradient', number[]>,
  {norm, clip}: ThreatModel,
  epsilon: number,
  step: number,
  momentum: number,
): number[] {
  const [min, max] = clip ?? [-Infinity, Infinity];
  const at = (values: number[], i: number) => values[i] as number;
  const project = (point: number[]) => {
    const offset = point.map((v, i) => v - at(x, i));
    const scale = Math.min(1, epsilon / Math.max(Math.hypot(...offset), 1e-300));
    return offset.map((d, i) => {
      const inBall = norm === 'linf' ? Math.min(Math.max(d, -epsilon), epsilon) : d * scale;
      return Math.min(Math.max(at(x, i) + inBall, min), max);
    });
  };
  const length = Math.hypot(...gradient);
  const unit = gradient.map((g) => (norm === 'linf' ? Math.sign(g) : length > 0 ? g / length : 0));
  const ahead = project(current.map((v, i) => v + step * at(unit, i)));
  return project(
    current.map(
      (v, i) => v + momentum * (at(ahead, i) - v) + (1 - momentum) * (v - at(previous, i)),
    ),
  );
}

const stateOf = (x: number[][], current: number[][], previous: number[][], gradient: number[][]) =>
  ({
    x: tf.tensor2d(x),
    current: tf.tensor2d(current),
    previous: tf.tensor2d(previous),
    gradient: tf.tensor2d(gradient),
  }) as unknown as AscentState<tf.Tensor2D>;

describe('nextIterate', () => {
  const pixel = fc.integer({min: 0, max: 64}).map((v) => v / 64);
  const slope = fc.constantFrom(-3, -0.5, 0, 1e-20, -1e-12, 0.25, 2);
  // Sizes around 4, the width of the vectors.
  const examples = fc.integer({min: 1, max: 9}).chain((size) => {
    const row = (value: fc.Arbitrary<number>) =>
      fc.array(value, {minLength: size, maxLength: size});
    const batch = (value: fc.Arbitrary<number>) =>
      fc.array(row(value), {minLength: 3, maxLength: 3});
    return fc.record({
      x: batch(pixel),
      current: batch(pixel),
      previous: batch(pixel),
      gradient: batch(slope),
    });
  });

  it.prop(
    [
      examples,
      fc.constantFrom<'linf' | 'l2'>('linf', 'l2'),
      fc.constantFrom<ThreatModel['clip']>([0, 1], null, [-1, 0.75]),
      fc.boolean(),
      fc.constantFrom(0.75, 1, 0.5),
    ],
    {numRuns: 60},
  )(
    'is that of the algorithm, each row with its epsilon and its step',
    (batch, norm, clip, own, momentum) => {
      tf.tidy(() => {
        const clamped =
          clip === null ? batch.x : batch.x.map((row) => row.map((v) => Math.min(v, clip[1])));
        const epsilons = own ? [0, 0.11, 0.53] : [0.23, 0.23, 0.23];
        const threat: ThreatModel = {norm, clip, epsilon: own ? epsilons : 0.23};
        // State rows hold the problem's rows 2, 0, 1; there is a fourth that has left.
        const rows = rowsOf(2, 0, 1);
        const order = [1, 2, 0];
        const steps = Float64Array.of(0.3, 0.05, 0.6, 9);
        const problem = {
          threat: own
            ? {...threat, epsilon: [...order.map((i) => epsilons[i] as number), 7]}
            : threat,
          levels: undefined,
        };
        const state = stateOf(clamped, batch.current, batch.previous, batch.gradient);
        const next = nextIterate(problem, state, rows, steps, momentum);
        const expected = clamped.flatMap((x, row) =>
          nextRow(
            {
              x,
              current: batch.current[row] as number[],
              previous: batch.previous[row] as number[],
              gradient: batch.gradient[row] as number[],
            },
            threat,
            epsilons[row] as number,
            steps[rows.positions[row] as number] as number,
            momentum,
          ),
        );
        expectClose(next, expected, 2e-6);
      });
    },
  );

  it.each(['linf', 'l2'] as const)('stays where the gradient is zero, in %s', (norm) => {
    tf.tidy(() => {
      const point = [[0.5, 0.25, 0.125]];
      const state = stateOf(point, point, point, [[0, 0, 0]]);
      const problem = {threat: {norm, epsilon: 0.25, clip: [0, 1]}, levels: undefined} as const;
      expect(numbers(nextIterate(problem, state, rowsOf(0), Float64Array.of(0.5), 1))).toEqual(
        point[0],
      );
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

describe('threatAt', () => {
  it('is the threat model of the rows', () => {
    const threat: ThreatModel = {norm: 'l2', epsilon: [1, 2, 3], clip: null};
    expect(threatAt({threat}, rowsOf(2, 0))).toEqual({
      ...threat,
      epsilon: Float32Array.of(3, 1),
    });
    const same: ThreatModel = {norm: 'linf', epsilon: 0.5, clip: [0, 1]};
    expect(threatAt({threat: same}, rowsOf(1))).toEqual(same);
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
