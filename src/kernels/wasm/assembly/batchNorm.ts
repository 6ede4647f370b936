// Batch norm by given statistics on tfjs's wasm memory, in AssemblyScript: compiled by
// scripts/buildKernels.ts into ../batchNormModule.ts. x, y and their gradients are float32
// [rows, channels], what belongs to a channel is float32 [channels], all given by their address.

import {at} from './floats';
import {inverseOf, load, rowsOfBlock, store} from './lanes';

/** y = (x - μ) γ / √(σ² + ε) + β. */
export function normalise(
  x: usize, mean: usize, variance: usize, gamma: usize, beta: usize, epsilon: f32, y: usize,
  rows: i32, channels: i32,
): void {
  const step = (<usize>channels) << 2;
  const block = rowsOfBlock(channels);
  for (let first = 0; first < rows; first += block) {
    const count = min(block, rows - first);
    let c = 0;
    for (; c + 8 <= channels; c += 8) {
      const m0 = v128.load(at(mean, c)), m1 = v128.load(at(mean, c), 16);
      const b0 = v128.load(at(beta, c)), b1 = v128.load(at(beta, c), 16);
      const g0 = f32x4.mul(v128.load(at(gamma, c)), inverseOf(at(variance, c), epsilon, 4));
      const g1 = f32x4.mul(
        v128.load(at(gamma, c), 16), inverseOf(at(variance, c + 4), epsilon, 4),
      );
      let offset = (<usize>(first * channels + c)) << 2;
      for (let r = count; r > 0; r--) {
        const from = x + offset, to = y + offset;
        v128.store(to, f32x4.add(f32x4.mul(f32x4.sub(v128.load(from), m0), g0), b0));
        v128.store(to, f32x4.add(f32x4.mul(f32x4.sub(v128.load(from, 16), m1), g1), b1), 16);
        offset += step;
      }
    }
    for (; c < channels; c += 4) {
      const lanes = channels - c;
      const m = load(at(mean, c), lanes), b = load(at(beta, c), lanes);
      const g = f32x4.mul(load(at(gamma, c), lanes), inverseOf(at(variance, c), epsilon, lanes));
      let offset = (<usize>(first * channels + c)) << 2;
      for (let r = count; r > 0; r--) {
        const value = f32x4.add(f32x4.mul(f32x4.sub(load(x + offset, lanes), m), g), b);
        store(y + offset, value, lanes);
        offset += step;
      }
    }
  }
}

function mixed(average: usize, batch: usize, decay: v128, count: i32): v128 {
  const before = load(average, count);
  return f32x4.sub(before, f32x4.mul(f32x4.sub(before, load(batch, count)), decay));
}

/** Running averages with the batch's values taken in: a - (a - batch) decay. */
export function average(before: usize, batch: usize, decay: f32, to: usize, channels: i32): void {
  for (let c = 0; c < channels; c += 4) {
    const lanes = channels - c;
    store(at(to, c), mixed(at(before, c), at(batch, c), f32x4.splat(decay), lanes), lanes);
  }
}

/** Of four values, the last two. */
@inline
function upper(values: v128): v128 {
  return v128.shuffle<i32>(values, values, 2, 3, 2, 3);
}

/** (value / root + beta) in double precision, of four values. */
@inline
function divided(
  value: v128, root0: v128, root1: v128, beta0: v128, beta1: v128,
): v128 {
  const low = f64x2.add(f64x2.div(f64x2.promote_low_f32x4(value), root0), beta0);
  const high = f64x2.add(f64x2.div(f64x2.promote_low_f32x4(upper(value)), root1), beta1);
  return v128.shuffle<f64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
}

/**
 * As {@link normalise}, with the digits of tfjs's kernel: (x - μ) γ in single precision, divided by the
 * root and added to β in double precision.
 */
export function normaliseAlike(
  x: usize, mean: usize, variance: usize, gamma: usize, beta: usize, epsilon: f32, y: usize,
  rows: i32, channels: i32,
): void {
  const step = (<usize>channels) << 2;
  const block = rowsOfBlock(channels);
  for (let first = 0; first < rows; first += block) {
    const count = min(block, rows - first);
    for (let c = 0; c < channels; c += 4) {
      const lanes = channels - c;
      const m = load(at(mean, c), lanes), g = load(at(gamma, c), lanes);
      const b = load(at(beta, c), lanes);
      const root = f32x4.sqrt(f32x4.add(load(at(variance, c), lanes), f32x4.splat(epsilon)));
      const root0 = f64x2.promote_low_f32x4(root), root1 = f64x2.promote_low_f32x4(upper(root));
      const beta0 = f64x2.promote_low_f32x4(b), beta1 = f64x2.promote_low_f32x4(upper(b));
      let offset = (<usize>(first * channels + c)) << 2;
      if (lanes >= 4) {
        for (let r = count; r > 0; r--) {
          const value = f32x4.mul(f32x4.sub(v128.load(x + offset), m), g);
          v128.store(y + offset, divided(value, root0, root1, beta0, beta1));
          offset += step;
        }
      } else {
        for (let r = count; r > 0; r--) {
          const value = f32x4.mul(f32x4.sub(load(x + offset, lanes), m), g);
          store(y + offset, divided(value, root0, root1, beta0, beta1), lanes);
          offset += step;
        }
      }
    }
  }
}
