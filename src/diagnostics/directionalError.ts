import {at, floatAt} from '../core/at';

// Rounding of a float32 result of a few hundred terms, relative to its size.
const ROUNDING = 3e-7;

/** A function along a line, and the slopes that gradients give it. */
export interface Probe {
  /** Its slopes at 0: one row per example or direction. */
  readonly slopes: readonly number[];
  /** Its values at a distance; the same rows. */
  readonly at: (distance: number) => Promise<readonly number[]>;
  /** Size of the numbers that its values are computed from. */
  readonly scale: number;
}

const norm = (values: readonly number[]) => Math.hypot(...values);

/**
 * Compares slopes with central differences of several step sizes and returns the smallest error: a
 * smaller step avoids a kink that a larger one reaches, and a larger step shows what rounding hides
 * from a smaller one. A wrong gradient disagrees at every step.
 *
 * @param probe - What to compare.
 * @param distances - Step sizes to try, the most promising first.
 * @param tolerance - An error below a tenth of it is good enough to stop.
 * @returns ‖slopes − differences‖ over the larger of both norms; 0 if both vanish in rounding.
 */
export async function directionalError(
  {slopes, at: valuesAt, scale}: Probe,
  distances: readonly number[],
  tolerance: number,
): Promise<number> {
  let smallest: number | undefined;
  for (const distance of distances) {
    const [after, before] = [await valuesAt(distance), await valuesAt(-distance)];
    const differences = after.map((value, i) => (value - at(before, i)) / (2 * distance));
    const size = Math.max(norm(slopes), norm(differences));
    const noise = (ROUNDING * scale * Math.sqrt(slopes.length)) / distance;
    if (size <= 20 * noise) continue; // says nothing
    const error = norm(slopes.map((slope, i) => slope - at(differences, i))) / size;
    smallest = Math.min(smallest ?? Infinity, Number.isNaN(error) ? Infinity : error);
    if (smallest <= tolerance / 10) break;
  }
  return smallest ?? 0;
}

/** Random signs: a direction that moves every element equally far. */
export function randomSigns(size: number, rng: {uniform(): number}): Float32Array {
  return Float32Array.from({length: size}, () => (rng.uniform() < 0.5 ? -1 : 1));
}

/** Root of the mean square. */
export const rootMeanSquare = (values: Float32Array): number =>
  Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / Math.max(1, values.length));

/** `values + distance · direction`. */
export const moved = (values: Float32Array, direction: Float32Array, distance: number) =>
  values.map((value, i) => value + distance * floatAt(direction, i));

/** Inner product, in double precision. */
export const dot = (a: ArrayLike<number>, b: Float32Array): number =>
  b.reduce((sum, value, i) => sum + value * at(a, i), 0);
