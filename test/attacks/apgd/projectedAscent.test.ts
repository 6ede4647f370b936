import {fc, it} from '@fast-check/vitest';
import * as tf from '@tensorflow/tfjs-core';
import {describe, expect} from 'vitest';

import type {ThreatModel} from '../../../src/core/threatModel';
import {ballProjection} from '../../../src/math/ball';
import {projectedAscent} from '../../../src/attacks/apgd/projectedAscent';
import {expectClose, expectNoLeak, numbers} from '../../support/tensors';

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

describe('projectedAscent', () => {
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
        const inside = batch.x.map((row) =>
          row.map((v) => (clip === null ? v : Math.min(v, clip[1]))),
        );
        const epsilons = own ? [0, 0.11, 0.53] : [0.23, 0.23, 0.23];
        const threat: ThreatModel = {norm, clip, epsilon: own ? epsilons : 0.23};
        const stepSizes = Float32Array.of(0.3, 0.05, 0.6);
        const tensors = {
          x: tf.tensor2d(inside),
          current: tf.tensor2d(batch.current),
          previous: tf.tensor2d(batch.previous),
          gradient: tf.tensor2d(batch.gradient),
        };
        const expected = inside.flatMap((x, row) =>
          nextRow(
            {
              x,
              current: batch.current[row] as number[],
              previous: batch.previous[row] as number[],
              gradient: batch.gradient[row] as number[],
            },
            threat,
            epsilons[row] as number,
            stepSizes[row] as number,
            momentum,
          ),
        );
        const step = {stepSizes, momentum};
        expectClose(projectedAscent(tensors, threat, step), expected, 2e-6);
        // The same by tensor operations, which run where the sweep cannot.
        const toIterate = ballProjection(tensors.x, threat);
        expectClose(projectedAscent(tensors, threat, step, toIterate), expected, 2e-6);
      });
    },
  );

  it.each(['linf', 'l2'] as const)('stays where the gradient is zero, in %s', (norm) => {
    tf.tidy(() => {
      const point = tf.tensor2d([[0.5, 0.25, 0.125]]);
      const tensors = {x: point, current: point, previous: point, gradient: tf.zerosLike(point)};
      const step = {stepSizes: Float32Array.of(0.5), momentum: 1};
      const threat: ThreatModel = {norm, epsilon: 0.25, clip: [0, 1]};
      expect(numbers(projectedAscent(tensors, threat, step))).toEqual([0.5, 0.25, 0.125]);
    });
  });

  it('brings the iterate where it is told, and nothing before it', () => {
    tf.tidy(() => {
      const point = tf.tensor2d([[0.5]]);
      const tensors = {x: point, current: point, previous: point, gradient: point};
      const step = {stepSizes: Float32Array.of(0.125), momentum: 0.5};
      const threat: ThreatModel = {norm: 'linf', epsilon: 0.25, clip: [0, 1]};
      const seen: number[] = [];
      const next = projectedAscent(tensors, threat, step, (z) => {
        seen.push(...numbers(z));
        return tf.mul(z, 2);
      });
      expect(seen).toEqual([0.5625]);
      expect(numbers(next)).toEqual([1.125]);
    });
  });

  it('leaks nothing', async () => {
    const x = tf.tensor2d([[0.5, 0.25]]);
    const tensors = {x, current: x, previous: x, gradient: x};
    const step = {stepSizes: Float32Array.of(0.125), momentum: 0.75};
    for (const norm of ['linf', 'l2'] as const) {
      await expectNoLeak(() => {
        const threat: ThreatModel = {norm, epsilon: 0.25, clip: null};
        projectedAscent(tensors, threat, step).dispose();
        projectedAscent(tensors, threat, step, (z) => tf.clone(z)).dispose();
      });
    }
    x.dispose();
  });
});
