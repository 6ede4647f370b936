// The gradient of a convolution to an input of few channels, such as an image, in SIMD on tfjs's wasm
// memory, in AssemblyScript: compiled by scripts/buildKernels.ts into ../generated/fewInputsModule.ts. All
// tensors are float32, row-major, given by their address.

import {at, madd, zero} from './floats';
import {store} from './lanes';
import {NEW, tiles} from './tiles';

/** A filter [taps * inChannels, outChannels]: for 8 of the former each, [outChannels, 8], missing ones 0. */
function pack(filter: usize, size: i32, outChannels: i32, to: usize): void {
  for (let first = 0; first < size; first += 8) {
    for (let n = 0; n < outChannels; n++) {
      for (let j = first; j < first + 8; j++) {
        f32.store(to, j < size ? f32.load(at(filter, j * outChannels + n)) : 0);
        to += 4;
      }
    }
  }
}

/** What each of `count` windows of a row gives to its inputs: to[count, size8] = dy[count, depth] b. */
function shares(count: i32, depth: i32, dy: usize, packed: usize, size8: i32, to: usize): void {
  const inTiles = count & ~3;
  for (let j = 0; j < size8; j += 8) {
    tiles(inTiles, depth, dy, depth, 1, packed, at(to, j), size8, NEW);
    for (let i = inTiles; i < count; i++) {
      let a = at(dy, i * depth), b = packed;
      let low = f32x4.splat(0), high = low;
      for (let k = depth; k > 0; k--) {
        const v = v128.load32_splat(a);
        low = madd(v, v128.load(b), low);
        high = madd(v, v128.load(b, 16), high);
        a += 4;
        b += 32;
      }
      v128.store(at(to, i * size8 + j), low);
      v128.store(at(to, i * size8 + j), high, 16);
    }
    packed = at(packed, 8 * depth);
  }
}

/**
 * dx of a convolution of stride 1 whose input has at most 4 channels. What the windows of a row of dy give
 * to their inputs is kept until every row of dx that it reaches has been summed, in the order of the
 * windows, all channels of a pixel at once. With size8 = kernelHeight * kernelWidth * inChannels, rounded up
 * to 8, and before = max(0, kernelWidth - 1 - left), `paddedWidth` is
 * max(before + outWidth, before + left + width). Work:
 * outChannels * size8 + kernelHeight * paddedWidth * size8 + 4 floats.
 */
export function fewInputs(
  dy: usize, filter: usize, dx: usize, batch: i32, height: i32, width: i32, inChannels: i32,
  outHeight: i32, outWidth: i32, outChannels: i32, kernelHeight: i32, kernelWidth: i32, top: i32,
  left: i32, paddedWidth: i32, work: usize,
): void {
  const size = kernelHeight * kernelWidth * inChannels;
  const size8 = (size + 7) & ~7;
  const rows = at(work, outChannels * size8);
  const perRow = paddedWidth * size8;
  const before = max(0, kernelWidth - 1 - left);
  // From one window to the one before it, and from a tap to the next.
  const step = size8 - inChannels;
  pack(filter, size, outChannels, work);
  zero(rows, kernelHeight * perRow);
  for (let image = 0; image < batch; image++) {
    let next = 0;
    for (let y = 0; y < height; y++) {
      for (; next <= min(outHeight - 1, y + top); next++) {
        shares(
          outWidth, outChannels, at(dy, next * outWidth * outChannels), work, size8,
          at(rows, (next % kernelHeight) * perRow + before * size8),
        );
      }
      for (let x = 0; x < width; x++) {
        let sum = f32x4.splat(0);
        for (let i = min(kernelHeight - 1, y + top); i >= max(0, y + top - outHeight + 1); i--) {
          const row = at(rows, ((y + top - i) % kernelHeight) * perRow);
          let from = at(
            row,
            (x + left + before - kernelWidth + 1) * size8 + ((i + 1) * kernelWidth - 1) * inChannels,
          );
          for (let j = kernelWidth; j > 0; j--) {
            sum = f32x4.add(sum, v128.load(from));
            from = at(from, step);
          }
        }
        store(dx, sum, inChannels);
        dx = at(dx, inChannels);
      }
    }
    dy = at(dy, outHeight * outWidth * outChannels);
  }
}
