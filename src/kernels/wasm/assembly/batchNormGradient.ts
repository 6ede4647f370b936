// Gradients of batch norm in training mode on tfjs's wasm memory, in AssemblyScript: compiled by
// scripts/buildKernels.ts into ../batchNormGradientModule.ts. x, y and their gradients are float32
// [rows, channels], what belongs to a channel is float32 [channels], all given by their address.

import {at, zero} from './floats';
import {inverseOf, load, rowsOfBlock, store} from './lanes';

function addTo(to: usize, values: v128, count: i32): void {
  store(to, f32x4.add(load(to, count), values), count);
}

/**
 * Of the blocks from `start` to before `end` Σ dy and Σ dy (x - μ), for each channel: of block b in `parts` from
 * 2 b channels on. Blocks are those of batchNormStatistics.ts.
 */
export function blockSums(
  dy: usize, x: usize, mean: usize, parts: usize, rows: i32, channels: i32, start: i32, end: i32,
): void {
  const step = (<usize>channels) << 2;
  const block = rowsOfBlock(channels);
  for (let b = start; b < end; b++) {
    const count = min(block, rows - b * block);
    const ofDy = at(parts, 2 * b * channels);
    const products = at(ofDy, channels);
    let c = 0;
    for (; c + 8 <= channels; c += 8) {
      const m0 = v128.load(at(mean, c)), m1 = v128.load(at(mean, c), 16);
      let s0 = f32x4.splat(0), s1 = s0, t0 = s0, t1 = s0;
      let offset = (<usize>(b * block * channels + c)) << 2;
      for (let r = count; r > 0; r--) {
        const d0 = v128.load(dy + offset), d1 = v128.load(dy + offset, 16);
        s0 = f32x4.add(s0, d0);
        s1 = f32x4.add(s1, d1);
        t0 = f32x4.add(t0, f32x4.mul(d0, f32x4.sub(v128.load(x + offset), m0)));
        t1 = f32x4.add(t1, f32x4.mul(d1, f32x4.sub(v128.load(x + offset, 16), m1)));
        offset += step;
      }
      v128.store(at(ofDy, c), s0);
      v128.store(at(ofDy, c), s1, 16);
      v128.store(at(products, c), t0);
      v128.store(at(products, c), t1, 16);
    }
    for (; c < channels; c += 4) {
      const lanes = channels - c;
      const m = load(at(mean, c), lanes);
      let s = f32x4.splat(0), t = s;
      let offset = (<usize>(b * block * channels + c)) << 2;
      for (let r = count; r > 0; r--) {
        const d = load(dy + offset, lanes);
        s = f32x4.add(s, d);
        t = f32x4.add(t, f32x4.mul(d, f32x4.sub(load(x + offset, lanes), m)));
        offset += step;
      }
      store(at(ofDy, c), s, lanes);
      store(at(products, c), t, lanes);
    }
  }
}

/**
 * Gradients to β and γ, of what {@link blockSums} gives for all blocks: dβ = Σ dy and dγ = Σ dy x̂, where
 * x̂ = (x - μ) / √(σ² + ε).
 */
export function weightGradients(
  parts: usize, blocks: i32, variance: usize, epsilon: f32, dGamma: usize, dBeta: usize,
  channels: i32,
): void {
  zero(dGamma, channels);
  zero(dBeta, channels);
  for (let b = 0; b < blocks; b++) {
    for (let c = 0; c < channels; c += 4) {
      const lanes = channels - c;
      addTo(at(dBeta, c), load(at(parts, c), lanes), lanes);
      addTo(at(dGamma, c), load(at(parts, channels + c), lanes), lanes);
    }
    parts = at(parts, 2 * channels);
  }
  for (let c = 0; c < channels; c += 4) {
    const lanes = channels - c;
    const inverse = inverseOf(at(variance, c), epsilon, lanes);
    store(at(dGamma, c), f32x4.mul(load(at(dGamma, c), lanes), inverse), lanes);
  }
}

/**
 * Of the rows from `start` to before `end` the gradient to x, through the statistics of the batch as well:
 * γ / √(σ² + ε) (dy - (dβ + x̂ dγ) / rows).
 */
export function inputGradient(
  dy: usize, x: usize, mean: usize, variance: usize, gamma: usize, epsilon: f32, dx: usize,
  dGamma: usize, dBeta: usize, rows: i32, channels: i32, start: i32, end: i32,
): void {
  const step = (<usize>channels) << 2;
  const block = rowsOfBlock(channels);
  const count = f32x4.splat(<f32>rows);
  for (let first = start; first < end; first += block) {
    const last = min(end, first + block);
    for (let c = 0; c < channels; c += 4) {
      const lanes = channels - c;
      const inverse = inverseOf(at(variance, c), epsilon, lanes);
      const m = load(at(mean, c), lanes);
      const g = f32x4.mul(load(at(gamma, c), lanes), inverse);
      const fromMean = f32x4.div(load(at(dBeta, c), lanes), count);
      const fromVariance = f32x4.div(f32x4.mul(load(at(dGamma, c), lanes), inverse), count);
      let offset = (<usize>(first * channels + c)) << 2;
      if (lanes >= 4) {
        for (let r = first; r < last; r++) {
          const centred = f32x4.mul(f32x4.sub(v128.load(x + offset), m), fromVariance);
          const d = f32x4.sub(f32x4.sub(v128.load(dy + offset), fromMean), centred);
          v128.store(dx + offset, f32x4.mul(d, g));
          offset += step;
        }
      } else {
        for (let r = first; r < last; r++) {
          const centred = f32x4.mul(f32x4.sub(load(x + offset, lanes), m), fromVariance);
          const d = f32x4.sub(f32x4.sub(load(dy + offset, lanes), fromMean), centred);
          store(dx + offset, f32x4.mul(d, g), lanes);
          offset += step;
        }
      }
    }
  }
}
