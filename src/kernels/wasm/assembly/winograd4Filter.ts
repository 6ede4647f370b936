// Filters transformed for the convolutions of winograd4.ts; part of its module. Both channels are
// multiples of 4.

import {at, madd} from './floats';

const A: f32 = 0.7071067811865476; // 1/√2
const B: f32 = 1.4142135623730951; // √2

/** Six values of G g from three that are `step` apart, put `next` apart. */
function filterLine(from: usize, step: usize, to: usize, next: usize): void {
  const g0 = v128.load(from), g1 = v128.load(from + step), g2 = v128.load(from + 2 * step);
  v128.store(to, g0);
  v128.store(to + 5 * next, g2);
  let even = madd(f32x4.splat(<f32>(-2.0 / 3)), g0, f32x4.mul(f32x4.splat(<f32>(-1.0 / 3)), g2));
  let odd = f32x4.mul(f32x4.splat(<f32>(-2.0 / 3) * A), g1);
  v128.store(to + next, f32x4.add(even, odd));
  v128.store(to + 2 * next, f32x4.sub(even, odd));
  even = madd(f32x4.splat(<f32>(1.0 / 6)), g0, f32x4.mul(f32x4.splat(<f32>(1.0 / 3)), g2));
  odd = f32x4.mul(f32x4.splat(<f32>(1.0 / 6) * B), g1);
  v128.store(to + 3 * next, f32x4.add(even, odd));
  v128.store(to + 4 * next, f32x4.sub(even, odd));
}

/** G g G^T of four filters side by side, taps `tap` apart, the 36 values put `next` apart. */
function transformTaps(g: usize, tap: usize, to: usize, next: usize, work: usize): void {
  for (let j: usize = 0; j < 3; j++) filterLine(g + j * tap, 3 * tap, work + (j << 4), 48);
  for (let i: usize = 0; i < 6; i++) filterLine(work + i * 48, 16, to + 6 * i * next, next);
}

/** 4x4 values, rows `row` bytes apart, exchanged into rows of 16 bytes. */
@inline
function transpose(from: usize, row: usize, to: usize): void {
  const a = v128.load(from), b = v128.load(from + row);
  const c = v128.load(from + 2 * row), d = v128.load(from + 3 * row);
  const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5), cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  v128.store(to, v128.shuffle<f64>(ab, cd, 0, 2));
  v128.store(to + 16, v128.shuffle<f64>(ab, cd, 1, 3));
  const ef = v128.shuffle<f32>(a, b, 2, 6, 3, 7), gh = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(to + 32, v128.shuffle<f64>(ef, gh, 0, 2));
  v128.store(to + 48, v128.shuffle<f64>(ef, gh, 1, 3));
}

/**
 * The filter [3, 3, inChannels, outChannels] transformed: 36 matrices [columns8 / 8, from, 8], 16 floats
 * between two of them, of the `columns` output channels from `first` on; what is beyond the last is not written. With
 * `turned` (for the gradient to the input) the two kinds of channels change places, and the taps are
 * turned by 180 degrees. Work: 216 floats.
 */
export function transformFilter(
  filter: usize, inChannels: i32, outChannels: i32, turned: bool, first: i32, columns: i32, to: usize,
  work: usize,
): void {
  const from = turned ? outChannels : inChannels;
  const columns8 = (columns + 7) & ~7;
  const next = (<usize>(from * columns8 + 16)) << 2;
  const tap = (<usize>inChannels * outChannels) << 2;
  const row = (<usize>outChannels) << 2;
  const taps = work + 288;
  for (let j = 0; j < columns; j += 4) {
    const panel = at(to, (j >> 3) * from * 8 + (j & 4));
    for (let i = 0; i < from; i += 4) {
      let source = taps;
      if (turned) {
        for (let t: usize = 0; t < 9; t++) {
          const g = at(filter, (first + j) * outChannels + i);
          transpose(g + (8 - t) * tap, row, taps + (t << 6));
        }
      } else {
        source = at(filter, i * outChannels + first + j);
      }
      const target = at(panel, i * 8);
      for (let r: usize = 0; r < 4; r++) {
        const g = source + r * (turned ? 16 : row);
        transformTaps(g, turned ? 64 : tap, target + (r << 5), next, work);
      }
    }
  }
}
