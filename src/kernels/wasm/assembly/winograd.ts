// Convolutions 3x3 of stride 1 by Winograd's F(2x2, 3x3), in AssemblyScript on tfjs's wasm memory:
// compiled by scripts/buildKernels.ts into ../winogradModule.ts. Lavin & Gray 2016 (arXiv
// 1509.09308), eq. 8 to 12: 4x4 values of the input, transformed, times the transformed filter give
// 2x2 of the output, with 16 products for a channel where the sums written out take 36.
// Tensors are float32, row-major, given by their address; channels of input and output are
// multiples of 4, "8" after a name says rounded up to 8.

import {add, at, min, sub, transformInput} from './winogradInput';

/** c[4, 8] = a[4, depth] b[depth, 8]. */
@inline
function tile(depth: i32, a: usize, row: usize, b: usize, c: usize, cRow: usize): void {
  let a0 = a;
  let a1 = a0 + row;
  let a2 = a1 + row;
  let a3 = a2 + row;
  let c00 = f32x4.splat(0), c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0), c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0), c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0), c31 = f32x4.splat(0);
  for (let k = depth; k > 0; k--) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    let v = v128.load32_splat(a0);
    c00 = add(c00, f32x4.mul(v, b0));
    c01 = add(c01, f32x4.mul(v, b1));
    v = v128.load32_splat(a1);
    c10 = add(c10, f32x4.mul(v, b0));
    c11 = add(c11, f32x4.mul(v, b1));
    v = v128.load32_splat(a2);
    c20 = add(c20, f32x4.mul(v, b0));
    c21 = add(c21, f32x4.mul(v, b1));
    v = v128.load32_splat(a3);
    c30 = add(c30, f32x4.mul(v, b0));
    c31 = add(c31, f32x4.mul(v, b1));
    b += 32;
    a0 += 4;
    a1 += 4;
    a2 += 4;
    a3 += 4;
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  c += cRow;
  v128.store(c, c10);
  v128.store(c, c11, 16);
  c += cRow;
  v128.store(c, c20);
  v128.store(c, c21, 16);
  c += cRow;
  v128.store(c, c30);
  v128.store(c, c31, 16);
}

/**
 * m = v filter, for each of the 16 matrices. A function of its own, which engines compile to code
 * that is a fifth faster than the same as a part of {@link convolve}.
 */
function products(
  v: usize, vNext: usize, filter: usize, m: usize, mNext: usize, tiles: i32, inChannels: i32,
  out8: i32,
): void {
  const aRow = (<usize>inChannels) << 2, cRow = (<usize>out8) << 2;
  for (let xi = 0; xi < 16; xi++) {
    for (let j = 0; j < out8; j += 8) {
      for (let i = 0; i < tiles; i += 4) {
        // Rows beyond the last tile are of no account, and are not read again.
        tile(inChannels, v + (<usize>i) * aRow, aRow, filter, at(m + (<usize>i) * cRow, j), cRow);
      }
      filter += 8 * aRow;
    }
    v += vNext;
    m += mNext;
  }
}

@inline
function putAbove(low: v128, y: usize, value: v128): void {
  v128.store(y, f32x4.pmax(value, low));
}

/** max(low, A^T m A + bias): 2x2 outputs of a tile, of which `rows` x `columns` are there. */
@inline
function transformOutput(
  m: usize, next: usize, bias: usize, low: v128, channels: i32, y: usize, row: usize, rows: i32,
  columns: i32,
): void {
  const step = (<usize>channels) << 2;
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
 * y = max(low, x * filter + bias), for a transformed filter; a bias at 0 is none. `chunk`, a
 * multiple of 4, says how many tiles are handled at once. Work: 16 (chunk (inChannels + out8) +
 * inChannels + 32) floats.
 */
export function convolve(
  x: usize, filter: usize, bias: usize, low: f32, y: usize, batch: i32, height: i32, width: i32,
  inChannels: i32, outHeight: i32, outWidth: i32, outChannels: i32, top: i32, left: i32, chunk: i32,
  work: usize,
): void {
  const out8 = (outChannels + 7) & ~7;
  const across = (outWidth + 1) >> 1;
  const down = (outHeight + 1) >> 1;
  const count = batch * down * across;
  const inRow = (<usize>width * inChannels) << 2;
  const outRow = (<usize>outWidth * outChannels) << 2;
  const aRow = (<usize>inChannels) << 2, cRow = (<usize>out8) << 2;
  // 64 bytes more than the matrix: the 16 of them would else share a set of the cache.
  const vNext = (<usize>(chunk * inChannels + 16)) << 2;
  const mNext = (<usize>(chunk * out8 + 16)) << 2;
  const patch = work;
  const v = at(patch, 16 * inChannels);
  const m = v + 16 * vNext;
  const least = f32x4.splat(low);
  for (let first = 0; first < count; first += chunk) {
    const tiles = min(chunk, count - first);
    for (let t = 0; t < tiles; t++) {
      const row = (first + t) / across;
      transformInput(
        x + (<usize>(row / down * height)) * inRow, height, width, inChannels,
        2 * (row % down) - top, 2 * ((first + t) % across) - left, v + (<usize>t) * aRow, 16, vNext,
        patch,
      );
    }
    products(v, vNext, filter, m, mNext, tiles, inChannels, out8);
    for (let t = 0; t < tiles; t++) {
      const row = (first + t) / across;
      const fromY = 2 * (row % down), fromX = 2 * ((first + t) % across);
      transformOutput(
        m + (<usize>t) * cRow, mNext, bias, least, outChannels,
        at(y + (<usize>(row / down * outHeight + fromY)) * outRow, fromX * outChannels),
        outRow, outHeight - fromY, outWidth - fromX,
      );
    }
  }
}
