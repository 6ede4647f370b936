// Convolutions 3x3 and 4x4 of stride 2, and gradients to their inputs, with fewer products, in
// AssemblyScript on tfjs's wasm memory: compiled by scripts/buildKernels.ts into ../stridedModule.ts.
// Along a line two outputs of stride 2 are a filter of two taps on the even inputs, by Winograd's F(2, 2),
// and one or two taps on the odd ones: 5 products in place of 6, or 6 in place of 8, so for 2x2 outputs 25
// in place of 36, or 36 in place of 64. All factors are 1, so that rounding errors are as those of the direct
// sums. Tensors are float32, row-major, given by their address; channels are multiples of 4, "8" after a
// name says rounded up to 8. `line` is how many products a line has, 5 or 6.

import {at} from './floats';
import {NEW, tiles} from './tiles';

/** m = v filter, for each of the `matrices`. */
function products(
  matrices: i32, v: usize, vNext: usize, filter: usize, m: usize, mNext: usize, count: i32, inChannels: i32,
  out8: i32,
): void {
  // Rows beyond the last tile are of no account, and are not read again.
  const rows = (count + 3) & ~3;
  for (let xi = 0; xi < matrices; xi++) {
    for (let j = 0; j < out8; j += 8) {
      tiles(rows, inChannels, v, inChannels, 1, filter, at(m, j), out8, NEW);
      filter = at(filter, 8 * inChannels);
    }
    filter += 64;
    v += vNext;
    m += mNext;
  }
}

/** Values to be multiplied, `line` of them, from as many inputs, or with `turned` from three, `step` apart. */
@inline
function inputLine(
  turned: bool, line: i32, from: usize, step: usize, to: usize, next: usize,
): void {
  const d0 = v128.load(from), d1 = v128.load(from + step), d2 = v128.load(from + 2 * step);
  if (turned) {
    const low = f32x4.sub(d0, d1), high = f32x4.sub(d2, d1);
    const wide = line == 6;
    v128.store(to, low);
    v128.store(to + next, d1);
    v128.store(to + 2 * next, high);
    v128.store(to + 3 * next, wide ? low : d1);
    v128.store(to + 4 * next, wide ? d1 : d2);
    if (wide) v128.store(to + 5 * next, high);
    return;
  }
  const d3 = v128.load(from + 3 * step);
  v128.store(to, f32x4.sub(d0, d2));
  v128.store(to + next, d2);
  v128.store(to + 2 * next, f32x4.sub(v128.load(from + 4 * step), d2));
  if (line == 5) {
    v128.store(to + 3 * next, d1);
    v128.store(to + 4 * next, d3);
    return;
  }
  v128.store(to + 3 * next, f32x4.sub(d1, d3));
  v128.store(to + 4 * next, d3);
  v128.store(to + 5 * next, f32x4.sub(v128.load(from + 5 * step), d3));
}

/** Two outputs, or with `turned` four, from `line` products that are `step` apart. */
@inline
function outputLine(
  turned: bool, line: i32, from: usize, step: usize, to: usize, next: usize,
): void {
  const m1 = v128.load(from + step);
  let odd = v128.load(from + 3 * step), last = v128.load(from + 4 * step);
  if (line == 6) {
    odd = f32x4.add(odd, last);
    last = f32x4.add(last, v128.load(from + 5 * step));
  }
  const low = f32x4.add(v128.load(from), m1), high = f32x4.add(m1, v128.load(from + 2 * step));
  if (turned) {
    v128.store(to, low);
    v128.store(to + next, odd);
    v128.store(to + 2 * next, high);
    v128.store(to + 3 * next, last);
    return;
  }
  v128.store(to, f32x4.add(low, odd));
  v128.store(to + next, f32x4.add(high, last));
}

/**
 * The values of an image [height, width, channels] from (fromY, fromX) on, `line` each way or 3 with `turned`, which
 * may lie outside, where it is 0, transformed into matrices `next` bytes apart. Work: 160 + line² channels
 * floats.
 */
function transformInput(
  turned: bool, line: i32, image: usize, height: i32, width: i32, channels: i32, fromY: i32, fromX: i32,
  to: usize, next: usize, work: usize,
): void {
  const size = turned ? 3 : line;
  const lineBytes = (<usize>line) << 4;
  const pixel = (<usize>channels) << 2;
  let row = (<usize>width) * pixel;
  let x = image + (<usize>fromY) * row + (<usize>fromX) * pixel;
  if (fromY < 0 || fromX < 0 || fromY + size > height || fromX + size > width) {
    const patch = work + 640;
    memory.fill(patch, 0, (<usize>(line * line)) * pixel);
    const low = max(0, -fromX), high = min(size, width - fromX);
    for (let i = max(0, -fromY); i < min(size, height - fromY) && high > low; i++) {
      memory.copy(
        patch + (<usize>(line * i + low)) * pixel, x + (<usize>i) * row + (<usize>low) * pixel,
        (<usize>(high - low)) * pixel,
      );
    }
    x = patch;
    row = (<usize>line) * pixel;
  }
  for (let c = 0; c < channels; c += 4) {
    for (let i: usize = 0; i < <usize>size; i++) {
      inputLine(turned, line, x + i * row, pixel, work + i * lineBytes, 16);
    }
    for (let j: usize = 0; j < <usize>line; j++) {
      inputLine(turned, line, work + (j << 4), lineBytes, to + j * next, (<usize>line) * next);
    }
    x += 16;
    to += 16;
  }
}

/** max(low, outputs + bias) of a tile from (fromY, fromX) on, where they are in the image. */
function transformOutput(
  turned: bool, line: i32, m: usize, next: usize, bias: usize, low: v128, channels: i32, image: usize,
  height: i32, width: i32, fromY: i32, fromX: i32, work: usize,
): void {
  const size = turned ? 4 : 2;
  const outputs = work + 576;
  const lineBytes = (<usize>line) << 4;
  for (let k = 0; k < channels; k += 4) {
    for (let j: usize = 0; j < <usize>line; j++) {
      outputLine(
        turned, line, m + j * next, (<usize>line) * next, work + (j << 4), lineBytes,
      );
    }
    const plus = bias ? v128.load(at(bias, k)) : f32x4.splat(0);
    for (let i = max(0, -fromY); i < min(size, height - fromY); i++) {
      outputLine(turned, line, work + (<usize>i) * lineBytes, 16, outputs, 16);
      for (let j = max(0, -fromX); j < min(size, width - fromX); j++) {
        const value = f32x4.add(v128.load(outputs + ((<usize>j) << 4)), plus);
        const place = ((fromY + i) * width + fromX + j) * channels + k;
        v128.store(at(image, place), f32x4.pmax(value, low));
      }
    }
    m += 16;
  }
}

/**
 * y = max(low, x * filter + bias) with stride 2, or with `turned` the gradient to the input, x being that
 * to the output; the filter is transformed by stridedFilter.ts, a bias at 0 is none. `top` and `left` are
 * the convolution's padding either way; `chunk`, a multiple of 4, says how many tiles are handled at once.
 * Work: line² (chunk (inChannels + out8) + inChannels + 39) floats.
 */
export function convolve(
  turned: bool, line: i32, x: usize, filter: usize, bias: usize, low: f32, y: usize, batch: i32, height: i32,
  width: i32, inChannels: i32, outHeight: i32, outWidth: i32, outChannels: i32, top: i32, left: i32,
  chunk: i32, work: usize,
): void {
  const out8 = (outChannels + 7) & ~7;
  const across = turned ? (outWidth + left + 3) >> 2 : (outWidth + 1) >> 1;
  const down = turned ? (outHeight + top + 3) >> 2 : (outHeight + 1) >> 1;
  const count = batch * down * across;
  // 64 bytes more than the matrix: they would else share a set of the cache.
  const vNext = (<usize>(chunk * inChannels + 16)) << 2;
  const mNext = (<usize>(chunk * out8 + 16)) << 2;
  const matrices = line * line;
  const v = at(work + 640, matrices * inChannels);
  const m = v + (<usize>matrices) * vNext;
  const least = f32x4.splat(low);
  for (let first = 0; first < count; first += chunk) {
    const inChunk = min(chunk, count - first);
    for (let t = 0; t < inChunk; t++) {
      const row = (first + t) / across;
      const tileY = row % down, tileX = (first + t) % across;
      transformInput(
        turned, line, at(x, row / down * height * width * inChannels), height, width, inChannels,
        turned ? 2 * tileY - 1 : 4 * tileY - top, turned ? 2 * tileX - 1 : 4 * tileX - left,
        at(v, t * inChannels), vNext, work,
      );
    }
    products(matrices, v, vNext, filter, m, mNext, inChunk, inChannels, out8);
    for (let t = 0; t < inChunk; t++) {
      const row = (first + t) / across;
      const tileY = row % down, tileX = (first + t) % across;
      transformOutput(
        turned, line, at(m, t * out8), mNext, bias, least, outChannels,
        at(y, row / down * outHeight * outWidth * outChannels), outHeight, outWidth,
        turned ? 4 * tileY - top : 2 * tileY, turned ? 4 * tileX - left : 2 * tileX, work,
      );
    }
  }
}
