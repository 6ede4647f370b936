import * as fc from 'fast-check';

import {at} from '../../core/at';
import {
  checkThreat,
  DEFAULT_THREAT,
  type PerExample,
  type ThreatOptions,
} from '../../core/threatModel';
import {withDefaults} from '../../core/options';
import {checkPlainTensor, exampleSize, type PlainTensor} from './plainTensor';
import {listOf} from './ranges';

const FINENESS = 1000;

const epsilonOf = (epsilon: PerExample, row: number): number =>
  typeof epsilon === 'number' ? epsilon : at(epsilon, row);

const lengthOf = (offset: readonly number[]): number => Math.hypot(...offset);

// A point that float32 rounds out of the ball is moved towards the center until it is inside.
function nearest(center: Float32Array, offset: number[], isInside: (offset: number[]) => boolean) {
  let point = Float32Array.from(center, (value, i) => value + at(offset, i));
  for (let scale = 1 - 2 ** -20; scale > 0.9; scale *= scale) {
    if (isInside(Array.from(point, (value, i) => value - (center[i] ?? NaN)))) return point;
    const shorter = scale;
    point = Float32Array.from(center, (value, i) => value + at(offset, i) * shorter);
  }
  return center.slice();
}

/**
 * Points of the ball around each example of a batch, inside the valid range: what an attack may
 * return. They shrink toward the center, coordinate by coordinate.
 *
 * @param center - The clean batch, inside `clip`.
 * @param threat - Norm, epsilon (one, or one per example) and range; the defaults of attacks.
 * @returns Batches of the shape of `center`, as plain data. Their float32 values lie in the ball
 *   exactly, not just up to rounding.
 * @throws {@link InvalidArgumentError} if the threat model is none.
 * @example
 * ```ts
 * import * as fc from 'fast-check';
 * import {ballPoints} from 'lt-robust/testing';
 *
 * const center = {values: new Float32Array([0.5, 1]), shape: [1, 2]};
 * fc.assert(fc.property(ballPoints(center, {epsilon: 0.25}), ({values: [a = 0, b = 0]}) => {
 *   return Math.abs(a - 0.5) <= 0.25 && b >= 0.75 && b <= 1;
 * }));
 * ```
 */
export function ballPoints(
  center: PlainTensor,
  threat: ThreatOptions = {},
): fc.Arbitrary<PlainTensor> {
  const where = 'ballPoints';
  const settings = withDefaults(where, DEFAULT_THREAT, threat);
  checkPlainTensor(where, 'center', center);
  const batch = center.shape[0] ?? 0;
  checkThreat(where, settings, batch);
  const {norm, epsilon, clip} = settings;
  const size = exampleSize(center.shape);
  const steps = listOf(fc.integer({min: -FINENESS, max: FINENESS}), batch * size);
  const radii = listOf(fc.nat({max: FINENESS}), norm === 'l2' ? batch : 0);
  return fc.tuple(steps, radii).map(([allSteps, radius]) => {
    const values = new Float32Array(batch * size);
    for (let row = 0; row < batch; row++) {
      const limit = epsilonOf(epsilon, row);
      const around = center.values.subarray(row * size, (row + 1) * size);
      const direction = allSteps.slice(row * size, (row + 1) * size);
      const length =
        norm === 'linf'
          ? limit / FINENESS
          : (limit * at(radius, row)) / FINENESS / (lengthOf(direction) || 1);
      const offset = direction.map((step, i) => {
        const from = around[i] ?? NaN;
        const to = from + step * length;
        return (clip === null ? to : Math.min(clip[1], Math.max(clip[0], to))) - from;
      });
      const isInside = (moved: number[]) =>
        norm === 'linf'
          ? moved.every((value) => Math.abs(value) <= limit)
          : lengthOf(moved) <= limit;
      values.set(nearest(around, offset, isInside), row * size);
    }
    return {values, shape: center.shape};
  });
}
