import type {ThreatModel} from '../core/threatModel';

// Coordinates of a flatter normal do not move under L2, as in the official code; for values from 0
// to 1.
const FLAT = 1e-8;

/**
 * The shortest step from a point onto a hyperplane, inside the valid range: the point
 * `z = point + step` nearest to `point` with `normal · (z − point) + excess = 0`. Exact, in double
 * precision, without sorting; where the range does not reach the hyperplane, the point of the range
 * that comes nearest to it. Where the normal is zero, so is the step.
 *
 * Every coordinate moves at its own rate (1 for L∞, |w_i| for L2) until it meets its bound:
 * `g(λ) = Σ |w_i| min(λ rate_i, room_i)` is increasing, concave and piecewise linear, and Newton's
 * iteration for `g(λ) = |excess|` from 0 ends after a few rounds on the exact root.
 *
 * @param step - Where the step is written; as long as `point`.
 * @param point - One example, inside the range.
 * @param normal - w, as long as `point`; finite.
 * @param excess - `w · point − b` of the hyperplane `w · z = b`; finite.
 * @param threat - Norm and range.
 * @returns Norm of the step.
 * @see Croce & Hein 2020, Minimally Distorted Adversarial Examples with a Fast Adaptive Boundary
 *   Attack, Sec. 3.1 and App. A; they sort, with the same result.
 */
export function stepToHyperplane(
  step: Float64Array,
  point: Float32Array | Float64Array,
  normal: Float32Array | Float64Array,
  excess: number,
  {norm, clip}: Pick<ThreatModel, 'norm' | 'clip'>,
): number {
  const [min, max] = clip ?? [-Infinity, Infinity];
  const isL2 = norm === 'l2';
  const flat = isL2 ? FLAT / (clip === null ? 1 : max - min) : Number.MIN_VALUE;
  const isAbove = excess > 0;
  const target = Math.abs(excess);

  let lambda = 0;
  for (;;) {
    let reached = 0; // g(λ)
    let slope = 0; // g'(λ)
    for (let i = 0; i < normal.length; i++) {
      const w = normal[i] as number;
      const size = Math.abs(w);
      if (size < flat) continue;
      const room = w > 0 === isAbove ? (point[i] as number) - min : max - (point[i] as number);
      const rate = isL2 ? size : 1;
      const move = lambda * rate;
      if (move < room) {
        reached += size * move;
        slope += size * rate;
      } else {
        reached += size * room;
      }
    }
    // Once every coordinate is at its bound and the target is not reached, λ becomes infinite.
    const next = lambda + (target - reached) / slope;
    if (!(next > lambda)) break;
    lambda = next;
  }

  let squares = 0;
  let largest = 0;
  for (let i = 0; i < normal.length; i++) {
    const w = normal[i] as number;
    const size = Math.abs(w);
    const isDown = w > 0 === isAbove;
    const room = isDown ? (point[i] as number) - min : max - (point[i] as number);
    const move = size < flat ? 0 : Math.min(lambda * (isL2 ? size : 1), room);
    step[i] = isDown ? -move : move;
    squares += move * move;
    largest = Math.max(largest, Math.abs(move));
  }
  return isL2 ? Math.sqrt(squares) : largest;
}
