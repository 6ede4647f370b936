// Filters transformed for the convolutions of winograd.ts; part of its module. Both channels are
// multiples of 4.

import {at} from './floats';
import {add, sub} from './winogradInput';

/** Four values, side by side or each in a row of 8. */
@inline
function put(to: usize, values: v128, apart: bool): void {
  if (apart) {
    v128.store_lane<f32>(to, values, 0);
    v128.store_lane<f32>(to, values, 1, 32);
    v128.store_lane<f32>(to, values, 2, 64);
    v128.store_lane<f32>(to, values, 3, 96);
  } else {
    v128.store(to, values);
  }
}

/** One row of G g G^T from one of G g. */
function filterRow(to: usize, step: i32, a: v128, b: v128, c: v128, apart: bool): void {
  const half = f32x4.splat(0.5);
  const sum = add(a, c);
  put(to, a, apart);
  put(at(to, step), f32x4.mul(half, add(sum, b)), apart);
  put(at(to, 2 * step), f32x4.mul(half, sub(sum, b)), apart);
  put(at(to, 3 * step), c, apart);
}

/**
 * The filter [3, 3, inChannels, outChannels] transformed: 16 matrices [columns8 / 8, from, 8] of the
 * `columns` output channels from `first` on; what is beyond the last is not written. With `turned` (for the gradient to the input) the two kinds
 * of channels change places, and the taps are turned by 180 degrees.
 */
export function transformFilter(
  filter: usize, inChannels: i32, outChannels: i32, turned: bool, first: i32, columns: i32, to: usize,
): void {
  const from = turned ? outChannels : inChannels;
  const step = from * ((columns + 7) & ~7);
  const tap = (<usize>inChannels * outChannels) << 2;
  const half = f32x4.splat(0.5);
  // In the order in which the result lies in memory.
  for (let i = 0; i < columns; i += turned ? 1 : 4) {
    for (let j = 0; j < from; j += turned ? 4 : 1) {
      const c = turned ? first + i : j, k = turned ? j : first + i;
      const target = at(to, ((i >> 3) * from + j) * 8 + (i & 7));
      // From the last tap to the first where it is turned.
      const g = at(filter, c * outChannels + k) + (turned ? 8 * tap : 0);
      const next = turned ? 0 - tap : tap;
      const g0 = v128.load(g), g1 = v128.load(g + next), g2 = v128.load(g + 2 * next);
      const g3 = v128.load(g + 3 * next), g4 = v128.load(g + 4 * next);
      const g5 = v128.load(g + 5 * next), g6 = v128.load(g + 6 * next);
      const g7 = v128.load(g + 7 * next), g8 = v128.load(g + 8 * next);
      const s0 = add(g0, g6), s1 = add(g1, g7), s2 = add(g2, g8);
      filterRow(target, step, g0, g1, g2, turned);
      filterRow(
        at(target, 4 * step), step, f32x4.mul(half, add(s0, g3)), f32x4.mul(half, add(s1, g4)),
        f32x4.mul(half, add(s2, g5)), turned,
      );
      filterRow(
        at(target, 8 * step), step, f32x4.mul(half, sub(s0, g3)), f32x4.mul(half, sub(s1, g4)),
        f32x4.mul(half, sub(s2, g5)), turned,
      );
      filterRow(at(target, 12 * step), step, g6, g7, g8, turned);
    }
  }
}
