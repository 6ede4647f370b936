// Convolutions 3x3 of stride 2, and gradients to their inputs, with fewer products, in AssemblyScript
// on tfjs's wasm memory: compiled by scripts/buildKernels.ts into ../stridedModule.ts. Along a line
// two outputs of stride 2 are a filter of two taps on the even inputs, by Winograd's F(2, 2), and one
// tap on the odd ones: 5 products in place of 6, so 25 in place of 36 for 2x2 outputs. All factors are
// 1, so that rounding errors are as those of the direct sums. Tensors are float32, row-major, given
// by their address; channels are multiples of 4, "8" after a name says rounded up to 8.

import {at} from './floats';
import {NEW, tiles} from './tiles';

/** m = v filter, for each of the 25 matrices. */
function products(
  v: usize, vNext: usize, filter: usize, m: usize, mNext: usize, count: i32, inChannels: i32,
  out8: i32,
): void {
  // Rows beyond the last tile are of no account, and are not read again.
  const rows = (count + 3) & ~3;
  for (let xi = 0; xi < 25; xi++) {
    for (let j = 0; j < out8; j += 8) {
      tiles(rows, inChannels, v, inChannels, 1, filter, at(m, j), out8, NEW);
      filter = at(filter, 8 * inChannels);
    }
    filter += 64;
    v += vNext;
    m += mNext;
  }
}

/** Five values to be multiplied from five inputs, or with `turned` from three, `step` apart. */
@inline
function inputLine(turned: bool, from: usize, step: usize, to: usize, next: usize): void {
  const d0 = v128.load(from), d1 = v128.load(from + step), d2 = v128.load(from + 2 * step);
  if (turned) {
    v128.store(to, f32x4.sub(d0, d1));
    v128.store(to + next, d1);
    v128.store(to + 2 * next, f32x4.sub(d2, d1));
    v128.store(to + 3 * next, d1);
    v128.store(to + 4 * next, d2);
    return;
  }
  v128.store(to, f32x4.sub(d0, d2));
  v128.store(to + next, d2);
  v128.store(to + 2 * next, f32x4.sub(v128.load(from + 4 * step), d2));
  v128.store(to + 3 * next, d1);
  v128.store(to + 4 * next, v128.load(from + 3 * step));
}

/** Two outputs, or with `turned` four, from five products that are `step` apart. */
@inline
function outputLine(turned: bool, from: usize, step: usize, to: usize, next: usize): void {
  const m1 = v128.load(from + step), m3 = v128.load(from + 3 * step);
  const m4 = v128.load(from + 4 * step);
  const low = f32x4.add(v128.load(from), m1), high = f32x4.add(m1, v128.load(from + 2 * step));
  if (turned) {
    v128.store(to, low);
    v128.store(to + next, m3);
    v128.store(to + 2 * next, high);
    v128.store(to + 3 * next, m4);
    return;
  }
  v128.store(to, f32x4.add(low, m3));
  v128.store(to + next, f32x4.add(high, m4));
}

/**
 * The 5x5 (3x3) values of an image [height, width, channels] from (fromY, fromX) on, which may lie
 * outside, where it is 0, transformed: 25 matrices `next` bytes apart. Work: 144 + 25 channels floats.
 */
function transformInput(
  turned: bool, image: usize, height: i32, width: i32, channels: i32, fromY: i32, fromX: i32,
  to: usize, next: usize, work: usize,
): void {
  const size = turned ? 3 : 5;
  const pixel = (<usize>channels) << 2;
  let row = (<usize>width) * pixel;
  let x = image + (<usize>fromY) * row + (<usize>fromX) * pixel;
  if (fromY < 0 || fromX < 0 || fromY + size > height || fromX + size > width) {
    const patch = work + 576;
    memory.fill(patch, 0, 25 * pixel);
    const low = max(0, -fromX), high = min(size, width - fromX);
    for (let i = max(0, -fromY); i < min(size, height - fromY) && high > low; i++) {
      memory.copy(
        patch + (<usize>(5 * i + low)) * pixel, x + (<usize>i) * row + (<usize>low) * pixel,
        (<usize>(high - low)) * pixel,
      );
    }
    x = patch;
    row = 5 * pixel;
  }
  for (let c = 0; c < channels; c += 4) {
    for (let i: usize = 0; i < <usize>size; i++) {
      inputLine(turned, x + i * row, pixel, work + i * 80, 16);
    }
    for (let j: usize = 0; j < 5; j++) {
      inputLine(turned, work + (j << 4), 80, to + j * next, 5 * next);
    }
    x += 16;
    to += 16;
  }
}

/** max(low, outputs + bias) of a tile from (fromY, fromX) on, where they are in the image. */
function transformOutput(
  turned: bool, m: usize, next: usize, bias: usize, low: v128, channels: i32, image: usize,
  height: i32, width: i32, fromY: i32, fromX: i32, work: usize,
): void {
  const size = turned ? 4 : 2;
  const outputs = work + 400;
  for (let k = 0; k < channels; k += 4) {
    for (let j: usize = 0; j < 5; j++) {
      outputLine(turned, m + j * next, 5 * next, work + (j << 4), 80);
    }
    const plus = bias ? v128.load(at(bias, k)) : f32x4.splat(0);
    for (let i = max(0, -fromY); i < min(size, height - fromY); i++) {
      outputLine(turned, work + (<usize>i) * 80, 16, outputs, 16);
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
 * Work: 25 (chunk (inChannels + out8) + inChannels + 38) floats.
 */
export function convolve(
  turned: bool, x: usize, filter: usize, bias: usize, low: f32, y: usize, batch: i32, height: i32,
  width: i32, inChannels: i32, outHeight: i32, outWidth: i32, outChannels: i32, top: i32, left: i32,
  chunk: i32, work: usize,
): void {
  const out8 = (outChannels + 7) & ~7;
  const across = turned ? (outWidth + left + 3) >> 2 : (outWidth + 1) >> 1;
  const down = turned ? (outHeight + top + 3) >> 2 : (outHeight + 1) >> 1;
  const count = batch * down * across;
  // 64 bytes more than the matrix: the 25 of them would else share a set of the cache.
  const vNext = (<usize>(chunk * inChannels + 16)) << 2;
  const mNext = (<usize>(chunk * out8 + 16)) << 2;
  const v = at(work + 576, 25 * inChannels);
  const m = v + 25 * vNext;
  const least = f32x4.splat(low);
  for (let first = 0; first < count; first += chunk) {
    const inChunk = min(chunk, count - first);
    for (let t = 0; t < inChunk; t++) {
      const row = (first + t) / across;
      const tileY = row % down, tileX = (first + t) % across;
      transformInput(
        turned, at(x, row / down * height * width * inChannels), height, width, inChannels,
        turned ? 2 * tileY - 1 : 4 * tileY - top, turned ? 2 * tileX - 1 : 4 * tileX - left,
        at(v, t * inChannels), vNext, work,
      );
    }
    products(v, vNext, filter, m, mNext, inChunk, inChannels, out8);
    for (let t = 0; t < inChunk; t++) {
      const row = (first + t) / across;
      const tileY = row % down, tileX = (first + t) % across;
      transformOutput(
        turned, at(m, t * out8), mNext, bias, least, outChannels,
        at(y, row / down * outHeight * outWidth * outChannels), outHeight, outWidth,
        turned ? 4 * tileY - top : 2 * tileY, turned ? 4 * tileX - left : 2 * tileX, work,
      );
    }
  }
}
