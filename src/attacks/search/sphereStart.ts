import type {Rng} from '../../core/rng';
import type {Norm} from '../../core/threatModel';

/**
 * A random point on the surface of a ball. L∞: uniform in a cube, then scaled so that its largest
 * coordinate has the length of the radius. L2: Gaussian direction of that length.
 *
 * @param center - One clean example.
 * @param radius - In the units of `center`.
 * @param norm - Of the ball.
 * @param rng - Of this example alone; drawn from.
 * @param units - Of the features, where they have budgets of their own.
 * @returns The point, not clipped to the valid range.
 */
export function sphereStart(
  center: Float32Array,
  radius: number,
  norm: Norm,
  rng: Rng,
  units?: Float32Array,
): Float32Array {
  const noise = new Float64Array(center.length);
  let length = 0;
  for (let i = 0; i < noise.length; i++) {
    const value = norm === 'linf' ? 2 * rng.uniform() - 1 : rng.normal();
    noise[i] = value;
    length = norm === 'linf' ? Math.max(length, Math.abs(value)) : length + value * value;
  }
  if (norm === 'l2') length = Math.sqrt(length);
  const scale = (i: number): number => (units === undefined ? 1 : (units[i] ?? NaN));
  return center.map((value, i) => value + (radius * scale(i) * (noise[i] ?? NaN)) / (length || 1));
}
