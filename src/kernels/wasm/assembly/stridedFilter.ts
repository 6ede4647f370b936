// Filters transformed for the convolutions of strided.ts, in AssemblyScript: compiled by
// scripts/buildKernels.ts into ../stridedFilterModule.ts. Both channels are multiples of 4.

import {at} from './floats';

/** Five values from three that are `step` apart, put `next` apart. */
@inline
function filterLine(turned: bool, from: usize, step: usize, to: usize, next: usize): void {
  const w0 = v128.load(from), w1 = v128.load(from + step), w2 = v128.load(from + 2 * step);
  v128.store(to, turned ? w2 : w0);
  v128.store(to + next, f32x4.add(w0, w2));
  v128.store(to + 2 * next, turned ? w0 : w2);
  v128.store(to + 3 * next, w1);
  v128.store(to + 4 * next, w1);
}

/**
 * The filter [3, 3, inChannels, outChannels] transformed: 25 matrices [to8 / 8, from, 8], 16 floats
 * between two of them, from and to being inChannels and outChannels, or with `turned` (for the
 * gradient to the input) the other way round. Work: 100 floats.
 */
export function transformFilter(
  filter: usize, inChannels: i32, outChannels: i32, turned: bool, to: usize, work: usize,
): void {
  const from = turned ? outChannels : inChannels;
  const columns = turned ? inChannels : outChannels;
  const to8 = (columns + 7) & ~7;
  const next = (<usize>(from * to8 + 16)) << 2;
  if (to8 > columns) memory.fill(to, 0, 25 * next);
  const tap = (<usize>inChannels * outChannels) << 2;
  const row = (<usize>outChannels) << 2;
  const taps = work + 240;
  for (let j = 0; j < columns; j += 4) {
    const panel = at(to, (j >> 3) * from * 8 + (j & 4));
    for (let i = 0; i < from; i++) {
      let values = at(filter, turned ? j * outChannels + i : i * outChannels + j);
      for (let t: usize = 0; t < 9; t++) {
        let four = turned ? v128.load32_zero(values) : v128.load(values);
        if (turned) {
          four = v128.load32_lane(values + row, four, 1);
          four = v128.load32_lane(values + 2 * row, four, 2);
          four = v128.load32_lane(values + 3 * row, four, 3);
        }
        v128.store(taps + (t << 4), four);
        values += tap;
      }
      for (let t: usize = 0; t < 3; t++) {
        filterLine(turned, taps + (t << 4), 48, work + (t << 4), 48);
      }
      const target = at(panel, i * 8);
      for (let t: usize = 0; t < 5; t++) {
        filterLine(turned, work + t * 48, 16, target + 5 * t * next, next);
      }
    }
  }
}
