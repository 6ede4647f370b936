// Convolutions 3x3 of stride 1 by Winograd's F(2x2, 3x3), in AssemblyScript on tfjs's wasm memory:
// compiled by scripts/buildKernels.ts into ../winogradModule.ts. Lavin & Gray 2016 (arXiv
// 1509.09308), eq. 8 to 12: 4x4 values of the input, transformed, times the transformed filter give
// 2x2 of the output, with 16 products for a channel where the sums written out take 36.
// Tensors are float32, row-major, given by their address; channels of input and output are
// multiples of 4, "8" after a name says rounded up to 8.

import {at} from './floats';
import {NEW, tiles} from './tiles';
import {transformFilter} from './winogradFilter';
import {add, sub, transformInput} from './winogradInput';

export {transformFilter};

/** m = v filter, for each of the 16 matrices. */
function products(
  v: usize, vNext: usize, filter: usize, filterNext: usize, m: usize, mNext: usize, count: i32,
  inChannels: i32, columns8: i32,
): void {
  // Rows beyond the last tile are of no account, and are not read again.
  const rows = (count + 3) & ~3;
  for (let xi = 0; xi < 16; xi++) {
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

@inline
function putAbove(low: v128, y: usize, value: v128): void {
  v128.store(y, f32x4.pmax(value, low));
}

/**
 * max(low, A^T m A + bias): some channels of 2x2 outputs of a tile, of which `rows` x `columns` are there,
 * `step` bytes between two.
 */
@inline
function transformOutput(
  m: usize, next: usize, bias: usize, low: v128, channels: i32, y: usize, step: usize, row: usize,
  rows: i32, columns: i32,
): void {
  for (let k = 0; k < channels; k += 4) {
    let a = m;
    let m1 = v128.load(a + 4 * next), m2 = v128.load(a + 8 * next);
    const s0 = add(add(v128.load(a), m1), m2);
    const t0 = sub(sub(m1, m2), v128.load(a + 12 * next));
    a += next;
    m1 = v128.load(a + 4 * next);
    m2 = v128.load(a + 8 * next);
    const s1 = add(add(v128.load(a), m1), m2);
    const t1 = sub(sub(m1, m2), v128.load(a + 12 * next));
    a += next;
    m1 = v128.load(a + 4 * next);
    m2 = v128.load(a + 8 * next);
    const s2 = add(add(v128.load(a), m1), m2);
    const t2 = sub(sub(m1, m2), v128.load(a + 12 * next));
    a += next;
    m1 = v128.load(a + 4 * next);
    m2 = v128.load(a + 8 * next);
    const s3 = add(add(v128.load(a), m1), m2);
    const t3 = sub(sub(m1, m2), v128.load(a + 12 * next));
    const plus = bias ? v128.load(bias) : f32x4.splat(0);
    putAbove(low, y, add(add(add(s0, s1), s2), plus));
    if (columns > 1) putAbove(low, y + step, add(sub(sub(s1, s2), s3), plus));
    if (rows > 1) {
      putAbove(low, y + row, add(add(add(t0, t1), t2), plus));
      if (columns > 1) putAbove(low, y + row + step, add(sub(sub(t1, t2), t3), plus));
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
 * how many tiles are handled at once. Work: 16 (chunk (inChannels + block) + inChannels + 32) floats, and
 * with a fresh filter 16 inChannels block more, block being at most columns, rounded up to 8.
 */
export function convolve(
  x: usize, filter: usize, bias: usize, low: f32, y: usize, batch: i32, height: i32, width: i32,
  inChannels: i32, outHeight: i32, outWidth: i32, outChannels: i32, top: i32, left: i32, chunk: i32,
  from: i32, columns: i32, block: i32, fresh: i32, work: usize,
): void {
  const out8 = (outChannels + 7) & ~7;
  const across = (outWidth + 1) >> 1;
  const down = (outHeight + 1) >> 1;
  const count = batch * down * across;
  const inRow = (<usize>width * inChannels) << 2;
  const outPixel = (<usize>outChannels) << 2;
  const outRow = <usize>outWidth * outPixel;
  const aRow = (<usize>inChannels) << 2;
  // 64 bytes more than the matrix: the 16 of them would else share a set of the cache.
  const vNext = (<usize>(chunk * inChannels + 16)) << 2;
  const mNext = (<usize>(chunk * block + 16)) << 2;
  const patch = work;
  const v = at(patch, 16 * inChannels);
  const m = v + 16 * vNext;
  const made = m + 16 * mNext;
  const least = f32x4.splat(low);
  const turned = fresh == 2;
  for (let first = 0; first < count; first += chunk) {
    const inChunk = min(chunk, count - first);
    for (let t = 0; t < inChunk; t++) {
      const row = (first + t) / across;
      transformInput(
        x + (<usize>(row / down * height)) * inRow, height, width, inChannels,
        2 * (row % down) - top, 2 * ((first + t) % across) - left, v + (<usize>t) * aRow, 16, vNext,
        patch,
      );
    }
    for (let j = 0; j < columns; j += block) {
      const some = min(block, columns - j);
      const some8 = (some + 7) & ~7;
      let panels = at(filter, (from + j) * inChannels);
      let panelsNext = (<usize>(inChannels * out8)) << 2;
      if (fresh) {
        panels = made;
        panelsNext = (<usize>(inChannels * some8)) << 2;
        transformFilter(
          filter, turned ? outChannels : inChannels, turned ? inChannels : outChannels, turned,
          from + j, some, panels,
        );
      }
      products(v, vNext, panels, panelsNext, m, mNext, inChunk, inChannels, some8);
      for (let t = 0; t < inChunk; t++) {
        const row = (first + t) / across;
        const fromY = 2 * (row % down), fromX = 2 * ((first + t) % across);
        const pixel = <usize>((row / down * outHeight + fromY) * outWidth + fromX);
        transformOutput(
          at(m, t * some8), mNext, bias ? at(bias, from + j) : 0, least, some,
          at(y + pixel * outPixel, from + j), outPixel, outRow, outHeight - fromY,
          outWidth - fromX,
        );
      }
    }
  }
}
