// Products of matrices, and convolutions by them, in SIMD on tfjs's wasm memory, in AssemblyScript:
// compiled by scripts/buildKernels.ts into ../productsModule.ts. All tensors are float32, row-major,
// given by their address; strides count elements. `work` is scratch memory of the caller, of the size
// that the function names.

import {at, zero} from './floats';
import {addTo, BLOCK, copyTo, panel, rectify, startFrom, wholePanel} from './panels';
import {ADDED, CONTINUED, NEW} from './tiles';

// A block of b in the first-level cache: DEPTH rows of 8 columns.
const DEPTH: i32 = 256;

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
 * a[m, depth] b[depth, n] into c[m, n], any strides of a and b, and rows of c any number apart, `block` terms
 * at a time. Where `whole` is no 0, b is there already as {@link packColumns} leaves it. Work: 48 + 8 *
 * min(depth, block) floats.
 */
export function multiply(
  m: i32, n: i32, depth: i32, a: usize, aRow: i32, aColumn: i32, b: usize, bRow: i32, bColumn: i32,
  c: usize, cRow: i32, mode: i32, block: i32, whole: usize, work: usize,
): void {
  for (let k = 0; k < depth; k += block) {
    const terms = min(block, depth - k);
    const into = k > 0 && mode == NEW ? ADDED : mode;
    for (let j = 0; j < n; j += 8) {
      const columns = min(8, n - j);
      let packed = work + 192;
      if (whole == 0) pack(at(b, k * bRow + j * bColumn), bRow, bColumn, terms, columns, packed);
      else packed = at(whole, j * depth + 8 * k);
      panel(m, terms, at(a, k * aColumn), aRow, aColumn, packed, columns, at(c, j), cRow, into, work);
    }
  }
}

/** Batches of {@link multiply}; a stride of 0 uses the same matrix for all. */
export function multiplyBatch(
  batch: i32, m: i32, n: i32, depth: i32, a: usize, aBatch: i32, aRow: i32, aColumn: i32, b: usize,
  bBatch: i32, bRow: i32, bColumn: i32, c: usize, cBatch: i32, cRow: i32, work: usize,
): void {
  for (let i = 0; i < batch; i++) {
    multiply(
      m, n, depth, at(a, i * aBatch), aRow, aColumn, at(b, i * bBatch), bRow, bColumn,
      at(c, i * cBatch), cRow, NEW, DEPTH, 0, work,
    );
  }
}

/** b[depth, n] in panels of 8 columns, one behind the other: depth * n floats, n rounded up to 8. */
export function packColumns(b: usize, depth: i32, n: i32, to: usize): void {
  for (let j = 0; j < n; j += 8) pack(at(b, j), n, 1, depth, min(8, n - j), at(to, j * depth));
}

/**
 * c[m, n] = bias[n] + a[m, depth] b[depth, n], not below `low`; without a bias its address is 0. All are
 * row-major; `whole` is b packed, or 0. Each sum starts from the bias and goes through its terms in their
 * order, as XNNPACK's does; in the relaxed set it goes through the sums of BLOCK terms each. Work: 48 + 8 *
 * min(depth, DEPTH) floats.
 */
export function dense(
  m: i32, n: i32, depth: i32, a: usize, b: usize, bias: usize, low: f32, c: usize, whole: usize,
  work: usize,
): void {
  startFrom(bias, m, n, c);
  if (ASC_FEATURE_RELAXED_SIMD) multiply(m, n, depth, a, depth, 1, b, n, 1, c, n, ADDED, BLOCK, whole, work);
  else multiply(m, n, depth, a, depth, 1, b, n, 1, c, n, CONTINUED, DEPTH, whole, work);
  rectify(low, c, m * n);
}

/**
 * Windows first..last of an input, each as one row of kernelHeight * kernelWidth * channels
 * values (rows `stride` apart), of which those of the kernel's rows from `upper` to before `lower` are
 * handled: gathered into `rows` (padding is 0), or, with `scatter`, added from there back to the input.
 */
function windows(
  scatter: bool, x: usize, height: i32, width: i32, channels: i32, outHeight: i32, outWidth: i32,
  upper: i32, lower: i32, kernelWidth: i32, strideHeight: i32, strideWidth: i32, top: i32, left: i32,
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
    let at0 = at(rows, upper * run);
    for (let i = upper; i < lower; i++) {
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
      wholePanel(
        last - first, outChannels, at(dy, first * outChannels), outChannels, 1,
        at(packed, outChannels * j), at(shares, j), size8, NEW,
      );
    }
    windows(
      true, dx, height, width, inChannels, outHeight, outWidth, 0, kernelHeight, kernelWidth,
      strideHeight, strideWidth, top, left, first, last, shares, size8,
    );
  }
}

/**
 * dW of a convolution: the windows, transposed, times dy. Of the rows of dW, which has kernelHeight *
 * kernelWidth * inChannels, it computes `some` from `row` on. Work: 48 + 8 * DEPTH + chunk * size floats,
 * size being how many rows there are.
 */
export function convFilter(
  x: usize, dy: usize, dFilter: usize, batch: i32, height: i32, width: i32, inChannels: i32,
  outHeight: i32, outWidth: i32, outChannels: i32, kernelHeight: i32, kernelWidth: i32,
  strideHeight: i32, strideWidth: i32, top: i32, left: i32, chunk: i32, row: i32, some: i32,
  work: usize,
): void {
  const run = kernelWidth * inChannels;
  const size = kernelHeight * run;
  const gathered = at(work, 48 + 8 * DEPTH);
  const count = batch * outHeight * outWidth;
  for (let from = 0; from < count; from += chunk) {
    const to = min(count, from + chunk);
    windows(
      false, x, height, width, inChannels, outHeight, outWidth, row / run, (row + some - 1) / run + 1,
      kernelWidth, strideHeight, strideWidth, top, left, from, to, gathered, size,
    );
    multiply(
      some, outChannels, to - from, at(gathered, row), 1, size, at(dy, from * outChannels),
      outChannels, 1, at(dFilter, row * outChannels), outChannels, from > 0 ? ADDED : NEW, DEPTH, 0, work,
    );
  }
}
