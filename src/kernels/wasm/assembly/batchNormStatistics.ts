// Statistics of a batch for batch norm, on tfjs's wasm memory, in AssemblyScript: compiled by
// scripts/buildKernels.ts into ../batchNormStatisticsModule.ts. x is float32 [rows, channels], what belongs
// to a channel is float32 [channels], all given by their address. Rows are handled in blocks: what each of
// them gives is kept, so that threads may share them, and taken together in their order.

import {at, zero} from './floats';
import {load, rowsOfBlock, square, store} from './lanes';

/** How many blocks there are. */
export function blocks(rows: i32, channels: i32): i32 {
  const block = rowsOfBlock(channels);
  return (rows + block - 1) / block;
}

/**
 * Of the blocks from `start` to before `end` the mean and the sum of squared differences from it, for each channel:
 * of block b in `parts` from 2 b channels on.
 */
export function blockStatistics(
  x: usize, parts: usize, rows: i32, channels: i32, start: i32, end: i32,
): void {
  const step = (<usize>channels) << 2;
  const block = rowsOfBlock(channels);
  for (let b = start; b < end; b++) {
    const count = min(block, rows - b * block);
    const part = f32x4.splat(1 / <f32>count);
    const from = at(x, b * block * channels);
    const mean = at(parts, 2 * b * channels);
    const squares = at(mean, channels);
    let c = 0;
    for (; c + 16 <= channels; c += 16) {
      let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
      let row = at(from, c);
      for (let r = count; r > 0; r--) {
        s0 = f32x4.add(s0, v128.load(row));
        s1 = f32x4.add(s1, v128.load(row, 16));
        s2 = f32x4.add(s2, v128.load(row, 32));
        s3 = f32x4.add(s3, v128.load(row, 48));
        row += step;
      }
      const m0 = f32x4.mul(s0, part), m1 = f32x4.mul(s1, part);
      const m2 = f32x4.mul(s2, part), m3 = f32x4.mul(s3, part);
      s0 = s1 = s2 = s3 = f32x4.splat(0);
      row = at(from, c);
      for (let r = count; r > 0; r--) {
        s0 = f32x4.add(s0, square(f32x4.sub(v128.load(row), m0)));
        s1 = f32x4.add(s1, square(f32x4.sub(v128.load(row, 16), m1)));
        s2 = f32x4.add(s2, square(f32x4.sub(v128.load(row, 32), m2)));
        s3 = f32x4.add(s3, square(f32x4.sub(v128.load(row, 48), m3)));
        row += step;
      }
      let to = at(mean, c);
      v128.store(to, m0);
      v128.store(to, m1, 16);
      v128.store(to, m2, 32);
      v128.store(to, m3, 48);
      to = at(squares, c);
      v128.store(to, s0);
      v128.store(to, s1, 16);
      v128.store(to, s2, 32);
      v128.store(to, s3, 48);
    }
    for (; c < channels; c += 4) {
      const lanes = channels - c;
      let sum = f32x4.splat(0);
      let row = at(from, c);
      for (let r = count; r > 0; r--) {
        sum = f32x4.add(sum, load(row, lanes));
        row += step;
      }
      const ofBlock = f32x4.mul(sum, part);
      sum = f32x4.splat(0);
      row = at(from, c);
      for (let r = count; r > 0; r--) {
        sum = f32x4.add(sum, square(f32x4.sub(load(row, lanes), ofBlock)));
        row += step;
      }
      store(at(mean, c), ofBlock, lanes);
      store(at(squares, c), sum, lanes);
    }
  }
}

/**
 * Mean and (biased) variance of each channel, of what {@link blockStatistics} gives for all blocks: each is
 * taken into mean and squares of the rows before, as in Chan, Golub & LeVeque 1983, eq. 2.1.
 */
export function statistics(
  parts: usize, mean: usize, variance: usize, rows: i32, channels: i32,
): void {
  const block = rowsOfBlock(channels);
  zero(mean, channels);
  zero(variance, channels);
  for (let first = 0; first < rows; first += block) {
    const count = min(block, rows - first);
    // Of the block in all rows so far, and that times the number of rows before.
    const share = <f32>count / <f32>(first + count);
    const all = f32x4.splat(share), weight = f32x4.splat(share * <f32>first);
    for (let c = 0; c < channels; c += 4) {
      const lanes = channels - c;
      const before = load(at(mean, c), lanes);
      const delta = f32x4.sub(load(at(parts, c), lanes), before);
      store(at(mean, c), f32x4.add(before, f32x4.mul(delta, all)), lanes);
      const inBlock = load(at(parts, channels + c), lanes);
      const more = f32x4.add(inBlock, f32x4.mul(square(delta), weight));
      store(at(variance, c), f32x4.add(load(at(variance, c), lanes), more), lanes);
    }
    parts = at(parts, 2 * channels);
  }
  const inverse = f32x4.splat(<f32>rows);
  for (let c = 0; c < channels; c += 4) {
    const lanes = channels - c;
    store(at(variance, c), f32x4.div(load(at(variance, c), lanes), inverse), lanes);
  }
}
