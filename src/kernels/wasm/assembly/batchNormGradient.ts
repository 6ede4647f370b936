// Gradients of batch norm in training mode on tfjs's wasm memory, in AssemblyScript: compiled by
// scripts/buildKernels.ts into ../batchNormGradientModule.ts. x, y and their gradients are float32
// [rows, channels], what belongs to a channel is float32 [channels], all given by their address.

import {at, zero} from './floats';
import {inverseOf, load, rowsOfBlock, store} from './lanes';

function addTo(to: usize, values: v128, count: i32): void {
  store(to, f32x4.add(load(to, count), values), count);
}

/**
 * Gradients of batch norm, through the statistics of the batch as well: dβ = Σ dy, dγ = Σ dy x̂ and
 * dx = γ / √(σ² + ε) (dy - (dβ + x̂ dγ) / rows), where x̂ = (x - μ) / √(σ² + ε).
 */
export function gradients(
  dy: usize, x: usize, mean: usize, variance: usize, gamma: usize, epsilon: f32, dx: usize,
  dGamma: usize, dBeta: usize, rows: i32, channels: i32,
): void {
  const step = (<usize>channels) << 2;
  const block = rowsOfBlock(channels);
  zero(dGamma, channels);
  zero(dBeta, channels);
  for (let first = 0; first < rows; first += block) {
    const count = min(block, rows - first);
    let c = 0;
    for (; c + 8 <= channels; c += 8) {
      const m0 = v128.load(at(mean, c)), m1 = v128.load(at(mean, c), 16);
      let s0 = f32x4.splat(0), s1 = s0, t0 = s0, t1 = s0;
      let offset = (<usize>(first * channels + c)) << 2;
      for (let r = count; r > 0; r--) {
        const d0 = v128.load(dy + offset), d1 = v128.load(dy + offset, 16);
        s0 = f32x4.add(s0, d0);
        s1 = f32x4.add(s1, d1);
        t0 = f32x4.add(t0, f32x4.mul(d0, f32x4.sub(v128.load(x + offset), m0)));
        t1 = f32x4.add(t1, f32x4.mul(d1, f32x4.sub(v128.load(x + offset, 16), m1)));
        offset += step;
      }
      addTo(at(dBeta, c), s0, 4);
      addTo(at(dBeta, c + 4), s1, 4);
      addTo(at(dGamma, c), t0, 4);
      addTo(at(dGamma, c + 4), t1, 4);
    }
    for (; c < channels; c += 4) {
      const lanes = channels - c;
      const m = load(at(mean, c), lanes);
      let s = f32x4.splat(0), t = s;
      let offset = (<usize>(first * channels + c)) << 2;
      for (let r = count; r > 0; r--) {
        const d = load(dy + offset, lanes);
        s = f32x4.add(s, d);
        t = f32x4.add(t, f32x4.mul(d, f32x4.sub(load(x + offset, lanes), m)));
        offset += step;
      }
      addTo(at(dBeta, c), s, lanes);
      addTo(at(dGamma, c), t, lanes);
    }
  }
  for (let c = 0; c < channels; c += 4) {
    const lanes = channels - c;
    const inverse = inverseOf(at(variance, c), epsilon, lanes);
    store(at(dGamma, c), f32x4.mul(load(at(dGamma, c), lanes), inverse), lanes);
  }
  if (dx) inputGradient(dy, x, mean, variance, gamma, epsilon, dx, dGamma, dBeta, rows, channels);
}

function inputGradient(
  dy: usize, x: usize, mean: usize, variance: usize, gamma: usize, epsilon: f32, dx: usize,
  dGamma: usize, dBeta: usize, rows: i32, channels: i32,
): void {
  const step = (<usize>channels) << 2;
  const block = rowsOfBlock(channels);
  const count = f32x4.splat(<f32>rows);
  for (let first = 0; first < rows; first += block) {
    const last = min(rows, first + block);
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
