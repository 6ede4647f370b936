// Gradients of convolutions to their filters, by the convolutions of winograd4.ts backwards, in
// AssemblyScript: compiled by scripts/buildKernels.ts into ../winograd4GradientModule.ts. Both
// channels are multiples of 4; "8" after a name says rounded up to 8.

import {at, madd} from './floats';
import {outerTile} from './outerTile';
import {transform6} from './winograd4Input';

const A: f32 = 0.7071067811865476; // 1/√2
const B: f32 = 1.4142135623730951; // √2

/** Six values of A dy from four that are `step` apart, put `next` apart. */
@inline
function outputLine(from: usize, step: usize, to: usize, next: usize): void {
  const y0 = v128.load(from), y1 = v128.load(from + step);
  const y2 = v128.load(from + 2 * step), y3 = v128.load(from + 3 * step);
  v128.store(to, y0);
  v128.store(to + 5 * next, y3);
  const half = f32x4.splat(0.5), two = f32x4.splat(2);
  let even = madd(half, y2, y0);
  let odd = f32x4.mul(f32x4.splat(A), madd(half, y3, y1));
  v128.store(to + next, f32x4.add(even, odd));
  v128.store(to + 2 * next, f32x4.sub(even, odd));
  even = madd(two, y2, y0);
  odd = f32x4.mul(f32x4.splat(B), madd(two, y3, y1));
  v128.store(to + 3 * next, f32x4.add(even, odd));
  v128.store(to + 4 * next, f32x4.sub(even, odd));
}

/**
 * A dy A^T of some channels of 4x4 values, `pixel` bytes between two, of which `rows` x `columns` are there, the
 * others being 0.
 */
function transformGradient(
  dy: usize, pixel: usize, row: usize, channels: i32, rows: i32, columns: i32, to: usize, panel: usize,
  next: usize, work: usize,
): void {
  const patch = work + 384;
  const isWhole = rows >= 4 && columns >= 4;
  if (!isWhole) memory.fill(patch, 0, 256);
  for (let k = 0; k < channels; k += 4) {
    if (isWhole) {
      for (let i: usize = 0; i < 4; i++) outputLine(dy + i * row, pixel, work + i * 96, 16);
    } else {
      for (let i = 0; i < min(4, rows); i++) {
        for (let j = 0; j < min(4, columns); j++) {
          v128.store(
            patch + ((<usize>(4 * i + j)) << 4),
            v128.load(dy + (<usize>i) * row + (<usize>j) * pixel),
          );
        }
      }
      for (let i: usize = 0; i < 4; i++) outputLine(patch + (i << 6), 16, work + i * 96, 16);
    }
    const target = to + (<usize>(k >> 3)) * panel + ((<usize>(k & 4)) << 2);
    for (let j: usize = 0; j < 6; j++) outputLine(work + (j << 4), 96, target + j * next, 6 * next);
    dy += 16;
  }
}

/** sums += v^T d, for each of the 36 matrices. */
function products(
  v: usize, quad: usize, vNext: usize, quads: i32, d: usize, panel: usize, dNext: usize, panels: i32,
  tiles: i32, sums: usize,
): void {
  for (let xi = 0; xi < 36; xi++) {
    for (let j = 0; j < panels; j++) {
      for (let i = 0; i < quads; i++) {
        outerTile(tiles, v + (<usize>i) * quad, d + (<usize>j) * panel, sums);
        sums += 128;
      }
    }
    sums += 64;
    v += vNext;
    d += dNext;
  }
}

/** Three values of G^T m from six that are `step` apart, put `next` apart. */
@inline
function filterLine(from: usize, step: usize, to: usize, next: usize): void {
  const m1 = v128.load(from + step), m2 = v128.load(from + 2 * step);
  const m3 = v128.load(from + 3 * step), m4 = v128.load(from + 4 * step);
  const s = f32x4.add(m1, m2), t = f32x4.add(m3, m4);
  const third = f32x4.splat(<f32>(1.0 / 3));
  v128.store(
    to,
    madd(f32x4.splat(<f32>(1.0 / 6)), t, madd(f32x4.splat(<f32>(-2.0 / 3)), s, v128.load(from))),
  );
  v128.store(
    to + next,
    madd(
      f32x4.splat(<f32>(1.0 / 6) * B), f32x4.sub(m3, m4),
      f32x4.mul(f32x4.splat(<f32>(-2.0 / 3) * A), f32x4.sub(m1, m2)),
    ),
  );
  v128.store(to + 2 * next, madd(third, f32x4.sub(t, s), v128.load(from + 5 * step)));
}

/** G^T m G of the sums of {@link products}: `columns` of the filter's output channels. */
function gradientOfFilter(
  sums: usize, inChannels: i32, outChannels: i32, columns: i32, columns8: i32, to: usize, work: usize,
): void {
  const next = (<usize>(inChannels * columns8 + 16)) << 2;
  const tap = (<usize>(inChannels * outChannels)) << 2;
  for (let c = 0; c < inChannels; c++) {
    for (let k = 0; k < columns; k += 4) {
      const m = at(sums, ((k >> 3) * inChannels + c) * 8 + (k & 4));
      for (let j: usize = 0; j < 6; j++) filterLine(m + j * next, 6 * next, work + (j << 4), 96);
      for (let i: usize = 0; i < 3; i++) filterLine(work + i * 96, 16, at(to, k) + 3 * i * tap, tap);
    }
    to = at(to, outChannels);
  }
}

/**
 * Gradient of a convolution to its filter [3, 3, inChannels, outChannels], of its output channels from `from`
 * on, `columns` of them, a multiple of 4, as `from` is of 8: every step of winograd4.ts transposed.
 * `chunk` says how many tiles are handled at once; where it is all of them, `block` channels, a multiple of
 * 8, may be handled at a time, else block is columns, rounded up to 8. The
 * examples are parted into `groups`, whose gradients lie one after the other. Work: 36 (inChannels block +
 * chunk (inChannels + block) + inChannels + 52) floats.
 */
export function filterGradient(
  x: usize, dy: usize, to: usize, batch: i32, height: i32, width: i32, inChannels: i32,
  outHeight: i32, outWidth: i32, outChannels: i32, top: i32, left: i32, chunk: i32, from: i32,
  columns: i32, block: i32, groups: i32, work: usize,
): void {
  const across = (outWidth + 3) >> 2;
  const down = (outHeight + 3) >> 2;
  const image = (<usize>(height * width * inChannels)) << 2;
  const outPixel = (<usize>outChannels) << 2;
  const quad = (<usize>chunk) << 4, panel = (<usize>chunk) << 5;
  // 64 bytes more than the matrix: the 36 of them would else share a set of the cache.
  const vNext = (<usize>(chunk * inChannels + 16)) << 2;
  const dNext = (<usize>(chunk * block + 16)) << 2;
  const sums = at(work + 576, 36 * inChannels);
  const v = at(sums, 36 * (inChannels * block + 16));
  const d = v + 36 * vNext;
  // Where the last panel is half empty.
  if (columns & 4) memory.fill(d, 0, 36 * dNext);
  for (let g = 0; g < groups; g++) {
    const start = batch * g / groups * down * across;
    const end = batch * (g + 1) / groups * down * across;
    for (let j = 0; j < columns; j += block) {
      const some = min(block, columns - j);
      const some8 = (some + 7) & ~7;
      memory.fill(sums, 0, (<usize>(inChannels * some8 + 16)) * 144);
      for (let first = start; first < end; first += chunk) {
        const tiles = min(chunk, end - first);
        for (let t = 0; t < tiles; t++) {
          const row = (first + t) / across;
          const y = 4 * (row % down), fromX = 4 * ((first + t) % across);
          // What is there of all tiles serves every block.
          if (j == 0) {
            transform6(
              x + (<usize>(row / down)) * image, height, width, inChannels, y - top, fromX - left,
              v + ((<usize>t) << 4), quad, vNext, work,
            );
          }
          const pixel = <usize>((row / down * outHeight + y) * outWidth + fromX);
          transformGradient(
            at(dy + pixel * outPixel, from + j), outPixel, <usize>outWidth * outPixel, some,
            outHeight - y, outWidth - fromX, d + ((<usize>t) << 5), panel, dNext, work,
          );
        }
        products(v, quad, vNext, inChannels >> 2, d, panel, dNext, some8 >> 3, tiles, sums);
      }
      gradientOfFilter(sums, inChannels, outChannels, some, some8, at(to, from + j), work);
    }
    to = at(to, 9 * inChannels * outChannels);
  }
}
