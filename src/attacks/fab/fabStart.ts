import {at} from '../../core/at';
import type {Rng} from '../../core/rng';
import type {ThreatModel} from '../../core/threatModel';

/**
 * Where a restart of FAB begins: a random direction of length `radius`, clipped to the valid range.
 * L∞: uniform, scaled until its largest coordinate has that size; L2: Gaussian.
 *
 * @param center - One clean example.
 * @param radius - Half of epsilon.
 * @param threat - Norm and range.
 * @param rng - Of this example alone; drawn from.
 * @returns The point.
 */
export function fabStart(
  center: Float32Array,
  radius: number,
  {norm, clip}: Pick<ThreatModel, 'norm' | 'clip'>,
  rng: Rng,
): Float32Array {
  const isL2 = norm === 'l2';
  const noise = Float64Array.from(center, () => (isL2 ? rng.normal() : 2 * rng.uniform() - 1));
  const length = isL2
    ? Math.sqrt(noise.reduce((sum, value) => sum + value * value, 0))
    : noise.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const [min, max] = clip ?? [-Infinity, Infinity];
  return center.map((value, i) =>
    Math.min(Math.max(value + (radius * at(noise, i)) / Math.max(length, 1e-12), min), max),
  );
}
