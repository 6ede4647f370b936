import {intAt} from '../core/at';
import type {Rng} from '../core/rng';

/**
 * Shuffles `values` in place (Fisher–Yates). With `count` it stops once the first `count` values
 * are a random choice in random order.
 *
 * @internal
 */
export function shuffle(values: Int32Array, rng: Rng, count = values.length): Int32Array {
  for (let i = 0; i < Math.min(count, values.length - 1); i++) {
    const j = i + rng.integer(values.length - i);
    const value = intAt(values, i);
    values[i] = intAt(values, j);
    values[j] = value;
  }
  return values;
}
