// Filters transformed for the convolutions of strided.ts, in AssemblyScript: compiled by
// scripts/buildKernels.ts into ../stridedFilterModule.ts. Both channels are multiples of 4.

import {at} from './floats';

/** Values, one more for each two taps, from `taps` that are `step` apart, put `next` apart. */
@inline
function filterLine(
  turned: bool, taps: i32, from: usize, step: usize, to: usize, next: usize,
): void {
  const w0 = v128.load(from), w1 = v128.load(from + step), w2 = v128.load(from + 2 * step);
  v128.store(to, turned ? w2 : w0);
  v128.store(to + next, f32x4.add(w0, w2));
  v128.store(to + 2 * next, turned ? w0 : w2);
  if (taps == 3) {
    v128.store(to + 3 * next, w1);
    v128.store(to + 4 * next, w1);
    return;
  }
  const w3 = v128.load(from + 3 * step);
  v128.store(to + 3 * next, turned ? w3 : w1);
  v128.store(to + 4 * next, f32x4.add(w1, w3));
  v128.store(to + 5 * next, turned ? w1 : w3);
}

/**
 * The filter [taps, taps, inChannels, outChannels] transformed, taps being 3 or 4: 25 or 36 matrices
 * [to8 / 8, from, 8], 16 floats between two of them, from and to being inChannels and outChannels, or with
 * `turned` (for the gradient to the input) the other way round. Work: 160 floats.
 */
export function transformFilter(
  filter: usize, taps: i32, inChannels: i32, outChannels: i32, turned: bool, to: usize, work: usize,
): void {
  const from = turned ? outChannels : inChannels;
  const columns = turned ? inChannels : outChannels;
  const to8 = (columns + 7) & ~7;
  const next = (<usize>(from * to8 + 16)) << 2;
  const line = <usize>(taps + 2), count = <usize>taps;
  const tap = (<usize>inChannels * outChannels) << 2;
  const row = (<usize>outChannels) << 2;
  const four = work + 384, lineBytes = count << 4;
  for (let j = 0; j < columns; j += 4) {
    const panel = at(to, (j >> 3) * from * 8 + (j & 4));
    for (let i = 0; i < from; i++) {
      let values = at(filter, turned ? j * outChannels + i : i * outChannels + j);
      for (let t: usize = 0; t < count * count; t++) {
        let some = turned ? v128.load32_zero(values) : v128.load(values);
        if (turned) {
          some = v128.load32_lane(values + row, some, 1);
          some = v128.load32_lane(values + 2 * row, some, 2);
          some = v128.load32_lane(values + 3 * row, some, 3);
        }
        v128.store(four + (t << 4), some);
        values += tap;
      }
      for (let t: usize = 0; t < count; t++) {
        filterLine(turned, taps, four + (t << 4), lineBytes, work + (t << 4), lineBytes);
      }
      const target = at(panel, i * 8);
      for (let t: usize = 0; t < line; t++) {
        filterLine(turned, taps, work + t * lineBytes, 16, target + line * t * next, next);
      }
    }
  }
}
