// Convolutions by direct sums in SIMD on tfjs's wasm memory, in AssemblyScript: compiled by
// scripts/buildKernels.ts into ../generated/directModule.ts. All tensors are float32, row-major, given by
// their address. `work` is scratch memory of the caller, of the size that the function names.

import {at, madd, zero} from './floats';

function copy(to: usize, from: usize, n: i32): void {
  memory.copy(to, from, (<usize>n) << 2);
}

/**
 * A filter [height, width, inChannels, outChannels] as `convolve` takes it: for each 8 of its outputs
 * [height, width, inputs, 8], missing ones 0. `turned`: by 180 degrees, inputs and outputs exchanged.
 */
export function packFilter(
  filter: usize, height: i32, width: i32, inChannels: i32, outChannels: i32, turned: bool, to: usize,
): void {
  const taps = height * width;
  const inputs = turned ? outChannels : inChannels, outputs = turned ? inChannels : outChannels;
  const perInput = turned ? 1 : outChannels, perOutput = turned ? outChannels : 1;
  for (let first = 0; first < outputs; first += 8) {
    for (let i = 0; i < taps; i++) {
      const tap = turned ? taps - 1 - i : i;
      for (let k = 0; k < inputs; k++) {
        const from = at(filter, tap * inChannels * outChannels + k * perInput);
        for (let j = 0; j < 8; j++) {
          const output = first + j;
          f32.store(to, output < outputs ? f32.load(at(from, output * perOutput)) : 0);
          to += 4;
        }
      }
    }
  }
}

/**
 * Sums of four windows for 8 outputs, from `bias` on, not below `least`, into c[4, 8]. A window is `rows`
 * runs of `run` values, `gap` bytes between two.
 */
function tile(
  rows: i32, run: i32, gap: usize, a0: usize, a1: usize, a2: usize, a3: usize, b: usize, bias: usize,
  least: v128, c: usize, cRow: i32,
): void {
  const low = v128.load(bias), high = v128.load(bias, 16);
  let c00 = low, c01 = high, c10 = low, c11 = high;
  let c20 = low, c21 = high, c30 = low, c31 = high;
  for (; rows > 0; rows--) {
    for (let k = run; k > 0; k--) {
      const b0 = v128.load(b), b1 = v128.load(b, 16);
      let v = v128.load32_splat(a0);
      c00 = madd(v, b0, c00);
      c01 = madd(v, b1, c01);
      v = v128.load32_splat(a1);
      c10 = madd(v, b0, c10);
      c11 = madd(v, b1, c11);
      v = v128.load32_splat(a2);
      c20 = madd(v, b0, c20);
      c21 = madd(v, b1, c21);
      v = v128.load32_splat(a3);
      c30 = madd(v, b0, c30);
      c31 = madd(v, b1, c31);
      b += 32;
      a0 += 4;
      a1 += 4;
      a2 += 4;
      a3 += 4;
    }
    a0 += gap;
    a1 += gap;
    a2 += gap;
    a3 += gap;
  }
  v128.store(c, f32x4.max(c00, least));
  v128.store(c, f32x4.max(c01, least), 16);
  c = at(c, cRow);
  v128.store(c, f32x4.max(c10, least));
  v128.store(c, f32x4.max(c11, least), 16);
  c = at(c, cRow);
  v128.store(c, f32x4.max(c20, least));
  v128.store(c, f32x4.max(c21, least), 16);
  c = at(c, cRow);
  v128.store(c, f32x4.max(c30, least));
  v128.store(c, f32x4.max(c31, least), 16);
}

/** Rows of an image from `first` on, each with zeros around it, as wide as `paddedWidth`. */
function pad(
  x: usize, height: i32, width: i32, channels: i32, first: i32, rows: i32, left: i32, paddedWidth: i32,
  to: usize,
): void {
  // A stride may be longer than the padding, so that the only window ends in it.
  const before = min(left, paddedWidth);
  const shown = min(width, paddedWidth - before);
  const behind = paddedWidth - before - shown;
  for (let i = 0; i < rows; i++) {
    const row = first + i;
    if (row < 0 || row >= height) {
      zero(to, paddedWidth * channels);
      to = at(to, paddedWidth * channels);
      continue;
    }
    zero(to, before * channels);
    to = at(to, before * channels);
    copy(to, at(x, row * width * channels), shown * channels);
    to = at(to, shown * channels);
    zero(to, behind * channels);
    to = at(to, behind * channels);
  }
}

/**
 * y = bias + the convolution of x by a filter of `packFilter`, not below `low`; without a bias its address
 * is 0. Each sum starts from the bias and goes through its terms in their order, as XNNPACK's does.
 * `chunk` rows of outputs are computed at once. Work: 32 + outChannels rounded up to 8 +
 * ((chunk - 1) * strideHeight + kernelHeight) * ((outWidth - 1) * strideWidth + kernelWidth) * inChannels
 * floats.
 */
export function convolve(
  kernelHeight: i32, kernelWidth: i32, strideHeight: i32, strideWidth: i32, x: usize, packed: usize,
  bias: usize, low: f32, y: usize, batch: i32, height: i32, width: i32, inChannels: i32, outHeight: i32,
  outWidth: i32, outChannels: i32, top: i32, left: i32, chunk: i32, work: usize,
): void {
  const out8 = (outChannels + 7) & ~7;
  const least = f32x4.splat(low);
  const biases = at(work, 32), padded = at(biases, out8);
  zero(biases, out8);
  if (bias != 0) copy(biases, bias, outChannels);
  const run = kernelWidth * inChannels;
  const paddedWidth = (outWidth - 1) * strideWidth + kernelWidth;
  const rowOf = paddedWidth * inChannels;
  const gap = (<usize>(rowOf - run)) << 2;
  const perPanel = kernelHeight * run * 8;
  const across = strideWidth * inChannels;
  for (let image = 0; image < batch; image++) {
    for (let firstRow = 0; firstRow < outHeight; firstRow += chunk) {
      const rows = min(chunk, outHeight - firstRow);
      pad(
        x, height, width, inChannels, firstRow * strideHeight - top,
        (rows - 1) * strideHeight + kernelHeight, left, paddedWidth, padded,
      );
      const count = rows * outWidth;
      for (let panel = 0; panel < out8; panel += 8) {
        const b = at(packed, (panel >> 3) * perPanel);
        const columns = min(8, outChannels - panel);
        let column = 0, line = padded, to = at(y, panel);
        for (let i = 0; i < count; i += 4) {
          const here = min(4, count - i);
          const a0 = at(line, column * across);
          let a1 = a0, a2 = a0, a3 = a0;
          if (column + 4 < outWidth) {
            a1 = at(a0, across);
            a2 = at(a1, across);
            a3 = at(a2, across);
            column += 4;
          } else {
            // Some lie in the next rows; behind the last one it stays there.
            for (let j = 1; j <= here; j++) {
              if (++column == outWidth) {
                column = 0;
                line = at(line, strideHeight * rowOf);
              }
              const a = at(line, column * across);
              if (j == here) break;
              if (j == 1) a1 = a;
              else if (j == 2) a2 = a;
              else a3 = a;
            }
          }
          if (here == 4 && columns == 8) {
            tile(
              kernelHeight, run, gap, a0, a1, a2, a3, b, at(biases, panel), least, to, outChannels,
            );
          } else {
            tile(kernelHeight, run, gap, a0, a1, a2, a3, b, at(biases, panel), least, work, 8);
            for (let j = 0; j < here; j++) copy(at(to, j * outChannels), at(work, 8 * j), columns);
          }
          to = at(to, 4 * outChannels);
        }
      }
      y = at(y, count * outChannels);
    }
    x = at(x, height * width * inChannels);
  }
}
