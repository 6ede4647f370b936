// SIMD kernels in which each channel is by itself, on tfjs's wasm memory, in AssemblyScript: compiled
// by scripts/buildKernels.ts into ../channelsModule.ts. All tensors are float32, row-major, given by
// their address.

import {at, zero} from './floats';

/** dx of max pooling: to the first maximum of each window. */
export function maxPool(
  x: usize, dy: usize, dx: usize, batch: i32, height: i32, width: i32, channels: i32,
  outHeight: i32, outWidth: i32, kernelHeight: i32, kernelWidth: i32, strideHeight: i32,
  strideWidth: i32, top: i32, left: i32,
): void {
  zero(dx, batch * height * width * channels);
  for (let b = 0; b < batch; b++) {
    for (let row = 0; row < outHeight; row++) {
      const fromY = row * strideHeight - top;
      const lowY = max(0, fromY), highY = min(height, fromY + kernelHeight);
      for (let column = 0; column < outWidth; column++) {
        const fromX = column * strideWidth - left;
        const lowX = max(0, fromX), highX = min(width, fromX + kernelWidth);
        let c = 0;
        for (; c + 4 <= channels; c += 4) {
          let best = f32x4.splat(-Infinity);
          let source = i32x4.splat(-1);
          for (let y = lowY; y < highY; y++) {
            for (let k = lowX; k < highX; k++) {
              const index = ((b * height + y) * width + k) * channels + c;
              const value = v128.load(at(x, index));
              const larger = f32x4.gt(value, best);
              best = v128.bitselect(value, best, larger);
              source = v128.bitselect(i32x4.splat(index), source, larger);
            }
          }
          const from = at(dy, c);
          give(dx, i32x4.extract_lane(source, 0), 0, f32.load(from));
          give(dx, i32x4.extract_lane(source, 1), 1, f32.load(from, 4));
          give(dx, i32x4.extract_lane(source, 2), 2, f32.load(from, 8));
          give(dx, i32x4.extract_lane(source, 3), 3, f32.load(from, 12));
        }
        for (; c < channels; c++) {
          let best: f32 = -Infinity;
          let source = -1;
          for (let y = lowY; y < highY; y++) {
            for (let k = lowX; k < highX; k++) {
              const index = ((b * height + y) * width + k) * channels + c;
              const value = f32.load(at(x, index));
              if (value > best) {
                best = value;
                source = index;
              }
            }
          }
          give(dx, source, 0, f32.load(at(dy, c)));
        }
        dy = at(dy, channels);
      }
    }
  }
}

/**
 * Likewise where windows of 2x2 lie side by side, none beyond the edge, and channels are a multiple of 4:
 * each value belongs to one window at most.
 */
export function maxPool2(
  x: usize, dy: usize, dx: usize, batch: i32, height: i32, width: i32, channels: i32,
  outHeight: i32, outWidth: i32,
): void {
  if (height > 2 * outHeight || width > 2 * outWidth) zero(dx, batch * height * width * channels);
  const right = (<usize>channels) << 2, below = right * width;
  const behind = 2 * below - 2 * right * outWidth;
  for (let b = 0; b < batch; b++) {
    let from = at(x, b * height * width * channels), to = at(dx, b * height * width * channels);
    for (let row = 0; row < outHeight; row++) {
      for (let column = 0; column < outWidth; column++) {
        for (let c = 0; c < channels; c += 4) {
          const v0 = v128.load(from), v1 = v128.load(from + right);
          const v2 = v128.load(from + below), v3 = v128.load(from + below + right);
          const value = v128.load(dy);
          const is0 = f32x4.gt(v0, f32x4.splat(-Infinity));
          const best0 = v128.bitselect(v0, f32x4.splat(-Infinity), is0);
          const is1 = f32x4.gt(v1, best0);
          const best1 = v128.bitselect(v1, best0, is1);
          const is2 = f32x4.gt(v2, best1);
          const best2 = v128.bitselect(v2, best1, is2);
          const is3 = f32x4.gt(v3, best2);
          const later = v128.or(is2, is3);
          v128.store(to, v128.and(value, v128.andnot(is0, v128.or(is1, later))));
          v128.store(to + right, v128.and(value, v128.andnot(is1, later)));
          v128.store(to + below, v128.and(value, v128.andnot(is2, is3)));
          v128.store(to + below + right, v128.and(value, is3));
          from += 16;
          to += 16;
          dy += 16;
        }
        from += right;
        to += right;
      }
      from += behind;
      to += behind;
    }
  }
}

/**
 * The largest value of windows of 2x2 side by side; channels are a multiple of 4. Rows and columns of x
 * beyond the last window are of no account. NaN stays, which XNNPACK may pass over.
 */
export function largest2(
  x: usize, y: usize, batch: i32, height: i32, width: i32, channels: i32, outHeight: i32, outWidth: i32,
): void {
  const right = (<usize>channels) << 2, below = right * width;
  for (let b = 0; b < batch; b++) {
    for (let row = 0; row < outHeight; row++) {
      let from = at(x, (b * height + 2 * row) * width * channels);
      for (let column = 0; column < outWidth; column++) {
        for (let c = 0; c < channels; c += 4) {
          const above = f32x4.max(v128.load(from), v128.load(from + right));
          const under = f32x4.max(v128.load(from + below), v128.load(from + below + right));
          v128.store(y, f32x4.max(above, under));
          from += 16;
          y += 16;
        }
        from += right;
      }
    }
  }
}

/** y[rows, channels] = x[rows, channels] + row[channels]. */
export function addRow(x: usize, row: usize, y: usize, rows: i32, channels: i32): void {
  for (; rows > 0; rows--) {
    let c = 0;
    for (; c + 4 <= channels; c += 4) {
      v128.store(at(y, c), f32x4.add(v128.load(at(x, c)), v128.load(at(row, c))));
    }
    for (; c < channels; c++) f32.store(at(y, c), f32.load(at(x, c)) + f32.load(at(row, c)));
    x = at(x, channels);
    y = at(y, channels);
  }
}

@inline
function give(dx: usize, index: i32, lane: i32, value: f32): void {
  if (index < 0) return;
  const to = at(dx, index + lane);
  f32.store(to, f32.load(to) + value);
}

/**
 * Both gradients of a depthwise convolution with one output per channel: to[...] += one * other
 * over the taps. With `input`, to = dx and other = filter, else to = dW and other = x.
 */
export function depthwise(
  input: bool, dy: usize, other: usize, to: usize, batch: i32, height: i32, width: i32,
  channels: i32, outHeight: i32, outWidth: i32, kernelHeight: i32, kernelWidth: i32,
  strideHeight: i32, strideWidth: i32, dilationHeight: i32, dilationWidth: i32, top: i32,
  left: i32,
): void {
  zero(to, channels * (input ? batch * height * width : kernelHeight * kernelWidth));
  for (let b = 0; b < batch; b++) {
    for (let row = 0; row < outHeight; row++) {
      for (let column = 0; column < outWidth; column++) {
        for (let i = 0; i < kernelHeight; i++) {
          const y = row * strideHeight - top + i * dilationHeight;
          if (y < 0 || y >= height) continue;
          for (let j = 0; j < kernelWidth; j++) {
            const k = column * strideWidth - left + j * dilationWidth;
            if (k < 0 || k >= width) continue;
            const position = ((b * height + y) * width + k) * channels;
            const tap = (i * kernelWidth + j) * channels;
            const target = at(to, input ? position : tap);
            const factor = at(other, input ? tap : position);
            let c = 0;
            for (; c + 4 <= channels; c += 4) {
              const product = f32x4.mul(v128.load(at(dy, c)), v128.load(at(factor, c)));
              v128.store(at(target, c), f32x4.add(v128.load(at(target, c)), product));
            }
            for (; c < channels; c++) {
              const product = f32.load(at(dy, c)) * f32.load(at(factor, c));
              f32.store(at(target, c), f32.load(at(target, c)) + product);
            }
          }
        }
        dy = at(dy, channels);
      }
    }
  }
}

/** to[channels] = sum of the rows of x[rows, channels]. */
export function sumRows(x: usize, to: usize, rows: i32, channels: i32): void {
  let c = 0;
  for (; c + 16 <= channels; c += 16) {
    let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
    let from = at(x, c);
    for (let row = 0; row < rows; row++) {
      s0 = f32x4.add(s0, v128.load(from));
      s1 = f32x4.add(s1, v128.load(from, 16));
      s2 = f32x4.add(s2, v128.load(from, 32));
      s3 = f32x4.add(s3, v128.load(from, 48));
      from = at(from, channels);
    }
    v128.store(at(to, c), s0);
    v128.store(at(to, c), s1, 16);
    v128.store(at(to, c), s2, 32);
    v128.store(at(to, c), s3, 48);
  }
  for (; c + 4 <= channels; c += 4) {
    let sum = f32x4.splat(0);
    let from = at(x, c);
    for (let row = 0; row < rows; row++) {
      sum = f32x4.add(sum, v128.load(from));
      from = at(from, channels);
    }
    v128.store(at(to, c), sum);
  }
  for (; c < channels; c++) {
    let sum: f32 = 0;
    let from = at(x, c);
    for (let row = 0; row < rows; row++) {
      sum += f32.load(from);
      from = at(from, channels);
    }
    f32.store(at(to, c), sum);
  }
}
