// Filters transformed for the convolutions of winograd.ts, in AssemblyScript: compiled by
// scripts/buildKernels.ts into ../winogradFilterModule.ts. Both channels are multiples of 4.

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
 * The filter [3, 3, inChannels, outChannels] transformed: 16 matrices [to8 / 8, from, 8], from and
 * to being inChannels and outChannels, or with `turned` (for the gradient to the input) the other
 * way round, the taps turned by 180 degrees.
 */
export function transformFilter(
  filter: usize, inChannels: i32, outChannels: i32, turned: bool, to: usize,
): void {
  const from = turned ? outChannels : inChannels;
  const to8 = ((turned ? inChannels : outChannels) + 7) & ~7;
  const step = from * to8;
  if (to8 > (turned ? inChannels : outChannels)) memory.fill(to, 0, (<usize>step) << 6);
  const tap = (<usize>inChannels * outChannels) << 2;
  const half = f32x4.splat(0.5);
  // In the order in which the result lies in memory.
  const outer = turned ? inChannels : outChannels, inner = turned ? outChannels : inChannels;
  for (let i = 0; i < outer; i += turned ? 1 : 4) {
    for (let j = 0; j < inner; j += turned ? 4 : 1) {
      const c = turned ? i : j, k = turned ? j : i;
      const g = at(filter, c * outChannels + k);
      const target = turned
        ? at(to, ((c >> 3) * outChannels + k) * 8 + (c & 7))
        : at(to, ((k >> 3) * inChannels + c) * 8 + (k & 7));
      // From the last tap to the first where it is turned.
      const first = turned ? g + 8 * tap : g;
      const next = turned ? 0 - tap : tap;
      const g0 = v128.load(first), g1 = v128.load(first + next), g2 = v128.load(first + 2 * next);
      const g3 = v128.load(first + 3 * next), g4 = v128.load(first + 4 * next);
      const g5 = v128.load(first + 5 * next), g6 = v128.load(first + 6 * next);
      const g7 = v128.load(first + 7 * next), g8 = v128.load(first + 8 * next);
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
