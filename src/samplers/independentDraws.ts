import {intAt, itemAt} from '../core/at';
import type {Rng} from '../core/rng';

/**
 * Independent draws of a class by its probability, then of one of its examples, with replacement.
 *
 * @param lists - Indices of the examples of each class.
 * @param shares - Probability of each class, summing to 1.
 * @param size - How many to draw.
 * @param rng - Draws them.
 * @internal
 */
export function independentDraws(
  lists: readonly Int32Array[],
  shares: readonly number[],
  size: number,
  rng: Rng,
): Int32Array {
  // Rounding may leave the sum below 1: the rest goes to the last class that has a share.
  const last = shares.reduce((found, share, c) => (share > 0 ? c : found), 0);
  return Int32Array.from({length: size}, () => {
    let point = rng.uniform();
    const c = shares.findIndex((share) => (point -= share) < 0);
    const list = itemAt(lists, c < 0 ? last : c);
    return intAt(list, rng.integer(list.length));
  });
}
