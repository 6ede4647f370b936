// Gradients of convolutions to their filters, by the convolutions of winograd.ts backwards, in
// AssemblyScript: compiled by scripts/buildKernels.ts into ../winogradGradientModule.ts. Both
// channels are multiples of 4; "8" after a name says rounded up to 8.

import {at} from './floats';
import {outerTile} from './outerTile';
import {add, sub, transformInput} from './winogradInput';

/** A row of A dy A^T, from one of A dy. */
@inline
function gradientRow(p: v128, q: v128, to: usize, next: usize): void {
  v128.store(to, p);
  v128.store(to + next, add(p, q));
  v128.store(to + 2 * next, sub(p, q));
  v128.store(to + 3 * next, f32x4.neg(q));
}

/**
 * A dy A^T of some channels of 2x2 values, `pixel` bytes between two, of which `rows` x `columns` are there, the
 * others being 0.
 */
function transformGradient(
  dy: usize, pixel: usize, row: usize, channels: i32, rows: i32, columns: i32, to: usize, panel: usize,
  next: usize,
): void {
  const none = f32x4.splat(0);
  for (let k = 0; k < channels; k += 4) {
    const p0 = v128.load(dy);
    const q0 = columns > 1 ? v128.load(dy + pixel) : none;
    const p1 = rows > 1 ? v128.load(dy + row) : none;
    const q1 = rows > 1 && columns > 1 ? v128.load(dy + row + pixel) : none;
    const target = to + (<usize>(k >> 3)) * panel + ((<usize>(k & 4)) << 2);
    gradientRow(p0, q0, target, next);
    gradientRow(add(p0, p1), add(q0, q1), target + 4 * next, next);
    gradientRow(sub(p0, p1), sub(q0, q1), target + 8 * next, next);
    gradientRow(f32x4.neg(p1), f32x4.neg(q1), target + 12 * next, next);
    dy += 16;
  }
}

/** sums += v^T d, for each of the 16 matrices. */
function products(
  v: usize, quad: usize, vNext: usize, quads: i32, d: usize, panel: usize, dNext: usize, panels: i32,
  tiles: i32, sums: usize,
): void {
  for (let xi = 0; xi < 16; xi++) {
    for (let j = 0; j < panels; j++) {
      for (let i = 0; i < quads; i++) {
        outerTile(tiles, v + (<usize>i) * quad, d + (<usize>j) * panel, sums);
        sums += 128;
      }
    }
    v += vNext;
    d += dNext;
  }
}

/** A row of G^T m G, `tap` apart, from one of G^T m. */
@inline
function gradientOf(m0: v128, m1: v128, m2: v128, m3: v128, to: usize, tap: usize): void {
  const half = f32x4.splat(0.5);
  const sum = f32x4.mul(half, add(m1, m2));
  v128.store(to, add(m0, sum));
  v128.store(to + tap, f32x4.mul(half, sub(m1, m2)));
  v128.store(to + 2 * tap, add(sum, m3));
}

/** Of a column of m, its rows `row` apart, the row `which` of G^T m. */
function column(m: usize, row: usize, which: i32): v128 {
  const m1 = v128.load(m + row), m2 = v128.load(m + 2 * row);
  const half = f32x4.splat(0.5);
  if (which == 1) return f32x4.mul(half, sub(m1, m2));
  return add(v128.load(which ? m + 3 * row : m), f32x4.mul(half, add(m1, m2)));
}

/** G^T m G of the sums of {@link products}: `columns` of the filter's output channels. */
function gradientOfFilter(
  sums: usize, inChannels: i32, outChannels: i32, columns: i32, columns8: i32, to: usize,
): void {
  const next = (<usize>(inChannels * columns8)) << 2;
  const tap = (<usize>(inChannels * outChannels)) << 2;
  for (let c = 0; c < inChannels; c++) {
    for (let k = 0; k < columns; k += 4) {
      const m = at(sums, ((k >> 3) * inChannels + c) * 8 + (k & 4));
      for (let i = 0; i < 3; i++) {
        gradientOf(
          column(m, 4 * next, i), column(m + next, 4 * next, i), column(m + 2 * next, 4 * next, i),
          column(m + 3 * next, 4 * next, i), at(to, k) + (<usize>(3 * i)) * tap, tap,
        );
      }
    }
    to = at(to, outChannels);
  }
}

/**
 * Gradient of a convolution to its filter [3, 3, inChannels, outChannels], of its output channels from `from`
 * on, `columns` of them, a multiple of 4, as `from` is of 8: every step of winograd.ts transposed.
 * `chunk` says how many tiles are handled at once; where it is all of them, `block` channels, a multiple of
 * 8, may be handled at a time, else block is columns, rounded up to 8. Work: 16 (inChannels block +
 * chunk (inChannels + block) + inChannels + 32) floats.
 */
export function filterGradient(
  x: usize, dy: usize, to: usize, batch: i32, height: i32, width: i32, inChannels: i32,
  outHeight: i32, outWidth: i32, outChannels: i32, top: i32, left: i32, chunk: i32, from: i32,
  columns: i32, block: i32, work: usize,
): void {
  const across = (outWidth + 1) >> 1;
  const down = (outHeight + 1) >> 1;
  const count = batch * down * across;
  const image = (<usize>(height * width * inChannels)) << 2;
  const outPixel = (<usize>outChannels) << 2;
  const quad = (<usize>chunk) << 4, panel = (<usize>chunk) << 5;
  // 64 bytes more than the matrix: the 16 of them would else share a set of the cache.
  const vNext = (<usize>(chunk * inChannels + 16)) << 2;
  const dNext = (<usize>(chunk * block + 16)) << 2;
  const sums = at(work, 16 * inChannels);
  const v = at(sums, 16 * inChannels * block);
  const d = v + 16 * vNext;
  // Where the last panel is half empty.
  if (columns & 4) memory.fill(d, 0, 16 * dNext);
  for (let j = 0; j < columns; j += block) {
    const some = min(block, columns - j);
    const some8 = (some + 7) & ~7;
    memory.fill(sums, 0, (<usize>(inChannels * some8)) << 6);
    for (let first = 0; first < count; first += chunk) {
      const tiles = min(chunk, count - first);
      for (let t = 0; t < tiles; t++) {
        const row = (first + t) / across;
        const y = 2 * (row % down), fromX = 2 * ((first + t) % across);
        // What is there of all tiles serves every block.
        if (j == 0) {
          transformInput(
            x + (<usize>(row / down)) * image, height, width, inChannels, y - top, fromX - left,
            v + ((<usize>t) << 4), quad, vNext, work,
          );
        }
        const pixel = <usize>((row / down * outHeight + y) * outWidth + fromX);
        transformGradient(
          at(dy + pixel * outPixel, from + j), outPixel, <usize>outWidth * outPixel, some,
          outHeight - y, outWidth - fromX, d + ((<usize>t) << 5), panel, dNext,
        );
      }
      products(v, quad, vNext, inChannels >> 2, d, panel, dNext, some8 >> 3, tiles, sums);
    }
    gradientOfFilter(sums, inChannels, outChannels, some, some8, at(to, from + j));
  }
}
