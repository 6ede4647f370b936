// Convolutions 3x3 of stride 1 by Winograd's F(4x4, 3x3), in AssemblyScript on tfjs's wasm memory:
// compiled by scripts/buildKernels.ts into ../winograd4Module.ts. 6x6 values of the input,
// transformed, times the transformed filter give 4x4 of the output, with 36 products for a channel
// where the sums written out take 144 and F(2x2, 3x3) takes 64. Interpolated at 0, ±1/√2, ±√2 and
// infinity: rounding errors are half of those at the usual 0, ±1, ±2. Tensors are float32, row-major,
// given by their address; channels are multiples of 4, "8" after a name says rounded up to 8.

import {at, madd} from './floats';
import {NEW, tiles} from './tiles';
import {transformFilter} from './winograd4Filter';
import {transform6} from './winograd4Input';

export {transformFilter};

const A: f32 = 0.7071067811865476; // 1/√2
const B: f32 = 1.4142135623730951; // √2

/** m = v filter, for each of the 36 matrices. */
function products(
  v: usize, vNext: usize, filter: usize, filterNext: usize, m: usize, mNext: usize, count: i32,
  inChannels: i32, columns8: i32,
): void {
  // Rows beyond the last tile are of no account, and are not read again.
  const rows = (count + 3) & ~3;
  for (let xi = 0; xi < 36; xi++) {
    let panel = filter;
    for (let j = 0; j < columns8; j += 8) {
      tiles(rows, inChannels, v, inChannels, 1, panel, at(m, j), columns8, NEW);
      panel = at(panel, 8 * inChannels);
    }
    filter += filterNext;
    v += vNext;
    m += mNext;
  }
}

/** Four values of A^T m from six that are `step` apart, put `next` apart. */
@inline
function outputLine(from: usize, step: usize, to: usize, next: usize): void {
  const m1 = v128.load(from + step), m2 = v128.load(from + 2 * step);
  const m3 = v128.load(from + 3 * step), m4 = v128.load(from + 4 * step);
  const s = f32x4.add(m1, m2), t = f32x4.add(m3, m4);
  const d = f32x4.sub(m1, m2), e = f32x4.sub(m3, m4);
  v128.store(to, f32x4.add(f32x4.add(v128.load(from), s), t));
  v128.store(to + next, madd(f32x4.splat(A), d, f32x4.mul(f32x4.splat(B), e)));
  v128.store(to + 2 * next, madd(f32x4.splat(0.5), s, f32x4.add(t, t)));
  v128.store(
    to + 3 * next,
    madd(f32x4.splat(2 * B), e, madd(f32x4.splat(0.5 * A), d, v128.load(from + 5 * step))),
  );
}

/**
 * max(low, A^T m A + bias): some channels of 4x4 outputs of a tile, of which `rows` x `columns` are there,
 * `pixel` bytes between two.
 */
function transformOutput(
  m: usize, mNext: usize, bias: usize, low: v128, channels: i32, y: usize, pixel: usize, row: usize,
  rows: i32, columns: i32, work: usize,
): void {
  const outputs = work + 384;
  for (let k = 0; k < channels; k += 4) {
    for (let j: usize = 0; j < 6; j++) outputLine(m + j * mNext, 6 * mNext, work + (j << 4), 96);
    const plus = bias ? v128.load(bias) : f32x4.splat(0);
    for (let i = 0; i < rows; i++) {
      outputLine(work + (<usize>i) * 96, 16, outputs, 16);
      let to = y + (<usize>i) * row;
      for (let j: usize = 0; j < <usize>columns; j++) {
        v128.store(to, f32x4.pmax(f32x4.add(v128.load(outputs + (j << 4)), plus), low));
        to += pixel;
      }
    }
    m += 16;
    y += 16;
    if (bias) bias += 16;
  }
}

/**
 * y = max(low, x * filter + bias), its channels from `from` on, `columns` of them, a multiple of 4, as
 * `from` is of 8; a bias at 0 is none. The filter is as {@link transformFilter} makes it with all of its
 * channels, or with `fresh` as the convolution has it (1) or its turned form (2): then `block` channels at
 * a time, a multiple of 8, are transformed and used while they are in the cache. `chunk`, a multiple of 4, says
 * how many tiles are handled at once. Work: 36 (chunk (inChannels + block) + inChannels + 36) floats, and
 * with a fresh filter 36 (inChannels block + 16) + 216 more, block being at most columns, rounded up to 8.
 */
export function convolve(
  x: usize, filter: usize, bias: usize, low: f32, y: usize, batch: i32, height: i32, width: i32,
  inChannels: i32, outHeight: i32, outWidth: i32, outChannels: i32, top: i32, left: i32, chunk: i32,
  from: i32, columns: i32, block: i32, fresh: i32, work: usize,
): void {
  const out8 = (outChannels + 7) & ~7;
  const across = (outWidth + 3) >> 2;
  const down = (outHeight + 3) >> 2;
  const count = batch * down * across;
  const inRow = (<usize>width * inChannels) << 2;
  const outPixel = (<usize>outChannels) << 2;
  const outRow = <usize>outWidth * outPixel;
  // 64 bytes more than the matrix: the 36 of them would else share a set of the cache.
  const vNext = (<usize>(chunk * inChannels + 16)) << 2;
  const mNext = (<usize>(chunk * block + 16)) << 2;
  const patch = work + 576;
  const v = at(patch, 36 * inChannels);
  const m = v + 36 * vNext;
  const made = m + 36 * mNext;
  const least = f32x4.splat(low);
  const turned = fresh == 2;
  for (let first = 0; first < count; first += chunk) {
    const inChunk = min(chunk, count - first);
    for (let t = 0; t < inChunk; t++) {
      const row = (first + t) / across;
      transform6(
        x + (<usize>(row / down * height)) * inRow, height, width, inChannels,
        4 * (row % down) - top, 4 * ((first + t) % across) - left, at(v, t * inChannels), 16, vNext,
        work,
      );
    }
    for (let j = 0; j < columns; j += block) {
      const some = min(block, columns - j);
      const some8 = (some + 7) & ~7;
      let panels = at(filter, (from + j) * inChannels);
      let panelsNext = (<usize>(inChannels * out8 + 16)) << 2;
      if (fresh) {
        panels = at(made, 216);
        panelsNext = (<usize>(inChannels * some8 + 16)) << 2;
        transformFilter(
          filter, turned ? outChannels : inChannels, turned ? inChannels : outChannels, turned,
          from + j, some, panels, made,
        );
      }
      products(v, vNext, panels, panelsNext, m, mNext, inChunk, inChannels, some8);
      for (let t = 0; t < inChunk; t++) {
        const row = (first + t) / across;
        const fromY = 4 * (row % down), fromX = 4 * ((first + t) % across);
        const pixel = <usize>((row / down * outHeight + fromY) * outWidth + fromX);
        transformOutput(
          at(m, t * some8), mNext, bias ? at(bias, from + j) : 0, least, some,
          at(y + pixel * outPixel, from + j), outPixel, outRow, min(4, outHeight - fromY),
          min(4, outWidth - fromX), work,
        );
      }
    }
  }
}
