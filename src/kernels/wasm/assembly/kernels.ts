// SIMD kernels on tfjs's wasm memory, in AssemblyScript: compiled by scripts/buildKernels.mjs into
// ../module.ts. All tensors are float32, row-major, given by their address; strides count
// elements. `work` is scratch memory of the caller, of the size that the function names.

// A block of b in the first-level cache: DEPTH rows of 8 columns.
const DEPTH: i32 = 256;

@inline
function min(a: i32, b: i32): i32 {
  return a < b ? a : b;
}

@inline
function max(a: i32, b: i32): i32 {
  return a > b ? a : b;
}

@inline
function at(base: usize, index: i32): usize {
  return base + ((<usize>index) << 2);
}

/** Columns j.. of b (depth rows from `b`), 8 at most, side by side; missing ones are 0. */
function pack(b: usize, rowStride: i32, columnStride: i32, depth: i32, columns: i32, to: usize): void {
  if (columns == 8 && columnStride == 1) {
    for (let k = 0; k < depth; k++) {
      v128.store(to, v128.load(b), 0);
      v128.store(to, v128.load(b, 16), 16);
      b = at(b, rowStride);
      to += 32;
    }
    return;
  }
  for (let j = 0; j < 8; j++) {
    let source = at(b, j * columnStride);
    let target = at(to, j);
    for (let k = 0; k < depth; k++) {
      f32.store(target, j < columns ? f32.load(source) : 0);
      source = at(source, rowStride);
      target += 32;
    }
  }
}

/**
 * c[6, 8] (+)= a[6, depth] b[depth, 8], b packed. Rows beyond `rows` repeat the last one and are
 * not stored; of the columns `columns` are.
 */
function tile(
  depth: i32, a: usize, aRow: i32, aColumn: i32, b: usize, c: usize, cRow: i32, rows: i32,
  columns: i32, add: bool, work: usize,
): void {
  const step = (<usize>aColumn) << 2;
  let a0 = a;
  let a1 = at(a, min(1, rows - 1) * aRow);
  let a2 = at(a, min(2, rows - 1) * aRow);
  let a3 = at(a, min(3, rows - 1) * aRow);
  let a4 = at(a, min(4, rows - 1) * aRow);
  let a5 = at(a, min(5, rows - 1) * aRow);
  let c00 = f32x4.splat(0), c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0), c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0), c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0), c31 = f32x4.splat(0);
  let c40 = f32x4.splat(0), c41 = f32x4.splat(0);
  let c50 = f32x4.splat(0), c51 = f32x4.splat(0);
  for (let k = depth; k > 0; k--) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    b += 32;
    let v = v128.load32_splat(a0);
    c00 = f32x4.add(c00, f32x4.mul(v, b0));
    c01 = f32x4.add(c01, f32x4.mul(v, b1));
    v = v128.load32_splat(a1);
    c10 = f32x4.add(c10, f32x4.mul(v, b0));
    c11 = f32x4.add(c11, f32x4.mul(v, b1));
    v = v128.load32_splat(a2);
    c20 = f32x4.add(c20, f32x4.mul(v, b0));
    c21 = f32x4.add(c21, f32x4.mul(v, b1));
    v = v128.load32_splat(a3);
    c30 = f32x4.add(c30, f32x4.mul(v, b0));
    c31 = f32x4.add(c31, f32x4.mul(v, b1));
    v = v128.load32_splat(a4);
    c40 = f32x4.add(c40, f32x4.mul(v, b0));
    c41 = f32x4.add(c41, f32x4.mul(v, b1));
    v = v128.load32_splat(a5);
    c50 = f32x4.add(c50, f32x4.mul(v, b0));
    c51 = f32x4.add(c51, f32x4.mul(v, b1));
    a0 += step;
    a1 += step;
    a2 += step;
    a3 += step;
    a4 += step;
    a5 += step;
  }
  // The tile in memory; then as many of its rows and columns as there are.
  v128.store(work, c00);
  v128.store(work, c01, 16);
  v128.store(work, c10, 32);
  v128.store(work, c11, 48);
  v128.store(work, c20, 64);
  v128.store(work, c21, 80);
  v128.store(work, c30, 96);
  v128.store(work, c31, 112);
  v128.store(work, c40, 128);
  v128.store(work, c41, 144);
  v128.store(work, c50, 160);
  v128.store(work, c51, 176);
  for (let i = 0; i < rows; i++) {
    const to = at(c, i * cRow);
    const from = work + (<usize>i) * 32;
    if (columns == 8) {
      let low = v128.load(from), high = v128.load(from, 16);
      if (add) {
        low = f32x4.add(low, v128.load(to));
        high = f32x4.add(high, v128.load(to, 16));
      }
      v128.store(to, low);
      v128.store(to, high, 16);
    } else {
      for (let j = 0; j < columns; j++) {
        const sum = f32.load(at(from, j));
        f32.store(at(to, j), add ? sum + f32.load(at(to, j)) : sum);
      }
    }
  }
}

/**
 * c[m, n] (+)= a[m, depth] b[depth, n], any strides of a and b.
 * Work: 48 + 8 * min(depth, DEPTH) floats.
 */
export function multiply(
  m: i32, n: i32, depth: i32, a: usize, aRow: i32, aColumn: i32, b: usize, bRow: i32, bColumn: i32,
  c: usize, cRow: i32, accumulate: bool, work: usize,
): void {
  const packed = work + 192;
  for (let k = 0; k < depth; k += DEPTH) {
    const block = min(DEPTH, depth - k);
    for (let j = 0; j < n; j += 8) {
      const columns = min(8, n - j);
      pack(at(b, k * bRow + j * bColumn), bRow, bColumn, block, columns, packed);
      for (let i = 0; i < m; i += 6) {
        tile(
          block, at(a, i * aRow + k * aColumn), aRow, aColumn, packed, at(c, i * cRow + j), cRow,
          min(6, m - i), columns, accumulate || k > 0, work,
        );
      }
    }
  }
}

/** Batches of {@link multiply}; a stride of 0 uses the same matrix for all. */
export function multiplyBatch(
  batch: i32, m: i32, n: i32, depth: i32, a: usize, aBatch: i32, aRow: i32, aColumn: i32, b: usize,
  bBatch: i32, bRow: i32, bColumn: i32, c: usize, work: usize,
): void {
  for (let i = 0; i < batch; i++) {
    multiply(
      m, n, depth, at(a, i * aBatch), aRow, aColumn, at(b, i * bBatch), bRow, bColumn,
      at(c, i * m * n), n, false, work,
    );
  }
}

@inline
function addTo(to: usize, from: usize, n: i32): void {
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    v128.store(at(to, i), f32x4.add(v128.load(at(to, i)), v128.load(at(from, i))));
  }
  for (; i < n; i++) f32.store(at(to, i), f32.load(at(to, i)) + f32.load(at(from, i)));
}

@inline
function copyTo(to: usize, from: usize, n: i32): void {
  let i = 0;
  for (; i + 4 <= n; i += 4) v128.store(at(to, i), v128.load(at(from, i)));
  for (; i < n; i++) f32.store(at(to, i), f32.load(at(from, i)));
}

@inline
function zero(to: usize, n: i32): void {
  memory.fill(to, 0, (<usize>n) << 2);
}

/**
 * Windows first..last of an input, each as one row of kernelHeight * kernelWidth * channels
 * values (rows `stride` apart): gathered into `rows` (padding is 0), or, with `scatter`, added
 * from there back to the input.
 */
function windows(
  scatter: bool, x: usize, height: i32, width: i32, channels: i32, outHeight: i32, outWidth: i32,
  kernelHeight: i32, kernelWidth: i32, strideHeight: i32, strideWidth: i32, top: i32, left: i32,
  first: i32, last: i32, rows: usize, stride: i32,
): void {
  const run = kernelWidth * channels;
  let column = first % outWidth;
  let row = (first / outWidth) % outHeight;
  let image = first / (outWidth * outHeight);
  for (let window = first; window < last; window++) {
    const fromX = column * strideWidth - left;
    const low = max(0, -fromX) * channels;
    const high = min(kernelWidth, width - fromX) * channels;
    let at0 = rows;
    for (let i = 0; i < kernelHeight; i++) {
      const y = row * strideHeight - top + i;
      const inside = y >= 0 && y < height && high > low;
      const source = at(x, ((image * height + y) * width + fromX) * channels + low);
      if (scatter) {
        if (inside) addTo(source, at(at0, low), high - low);
      } else if (inside) {
        if (low > 0) zero(at0, low);
        copyTo(at(at0, low), source, high - low);
        if (high < run) zero(at(at0, high), run - high);
      } else {
        zero(at0, run);
      }
      at0 = at(at0, run);
    }
    rows = at(rows, stride);
    if (++column == outWidth) {
      column = 0;
      if (++row == outHeight) {
        row = 0;
        image++;
      }
    }
  }
}

/**
 * dx of a convolution: dy times the filter gives each window's share, added up where windows
 * overlap. Work: 48 + outChannels * size8 + chunk * size8 floats, size8 being
 * kernelHeight * kernelWidth * inChannels rounded up to 8.
 */
export function convInput(
  dy: usize, filter: usize, dx: usize, batch: i32, height: i32, width: i32, inChannels: i32,
  outHeight: i32, outWidth: i32, outChannels: i32, kernelHeight: i32, kernelWidth: i32,
  strideHeight: i32, strideWidth: i32, top: i32, left: i32, chunk: i32, work: usize,
): void {
  const size = kernelHeight * kernelWidth * inChannels;
  const size8 = (size + 7) & ~7;
  zero(dx, batch * height * width * inChannels);
  const packed = work + 192;
  const shares = at(packed, outChannels * size8);
  for (let j = 0; j < size; j += 8) {
    pack(
      at(filter, j * outChannels), 1, outChannels, outChannels, min(8, size - j),
      at(packed, outChannels * j),
    );
  }
  const count = batch * outHeight * outWidth;
  for (let first = 0; first < count; first += chunk) {
    const last = min(count, first + chunk);
    for (let j = 0; j < size; j += 8) {
      for (let i = first; i < last; i += 6) {
        tile(
          outChannels, at(dy, i * outChannels), outChannels, 1, at(packed, outChannels * j),
          at(shares, (i - first) * size8 + j), size8, min(6, last - i), 8, false, work,
        );
      }
    }
    windows(
      true, dx, height, width, inChannels, outHeight, outWidth, kernelHeight, kernelWidth,
      strideHeight, strideWidth, top, left, first, last, shares, size8,
    );
  }
}

/**
 * dW of a convolution: the windows, transposed, times dy. Work: 48 + 8 * DEPTH +
 * chunk * size floats, size being kernelHeight * kernelWidth * inChannels.
 */
export function convFilter(
  x: usize, dy: usize, dFilter: usize, batch: i32, height: i32, width: i32, inChannels: i32,
  outHeight: i32, outWidth: i32, outChannels: i32, kernelHeight: i32, kernelWidth: i32,
  strideHeight: i32, strideWidth: i32, top: i32, left: i32, chunk: i32, work: usize,
): void {
  const size = kernelHeight * kernelWidth * inChannels;
  const gathered = at(work, 48 + 8 * DEPTH);
  const count = batch * outHeight * outWidth;
  for (let first = 0; first < count; first += chunk) {
    const last = min(count, first + chunk);
    windows(
      false, x, height, width, inChannels, outHeight, outWidth, kernelHeight, kernelWidth,
      strideHeight, strideWidth, top, left, first, last, gathered, size,
    );
    multiply(
      size, outChannels, last - first, gathered, 1, size, at(dy, first * outChannels), outChannels,
      1, dFilter, outChannels, first > 0, work,
    );
  }
}

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
