// A step of stochastic gradient descent on tfjs's wasm memory, in AssemblyScript: compiled by
// scripts/buildKernels.ts into ../sgdModule.ts. Tensors are float32, given by their address.

import {at} from './floats';

/**
 * g = gradient + decay w, v = momentum velocity + share g (g where there is no velocity, its address
 * being 0), to = w - rate v, or with `nesterov` w - rate (g + momentum v). `next` receives v, unless
 * it is 0. Each operation rounds, as those of tfjs do one after another.
 */
export function step(
  variable: usize, gradient: usize, velocity: usize, to: usize, next: usize, length: i32, rate: f32,
  decay: f32, momentum: f32, share: f32, nesterov: bool,
): void {
  const rates = f32x4.splat(rate), decays = f32x4.splat(decay);
  const kept = f32x4.splat(momentum), shares = f32x4.splat(share);
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    const w = v128.load(at(variable, i));
    let g = v128.load(at(gradient, i));
    if (decay != 0) g = f32x4.add(g, f32x4.mul(decays, w));
    let v = g;
    if (velocity) {
      v = f32x4.add(f32x4.mul(kept, v128.load(at(velocity, i))), f32x4.mul(shares, g));
    }
    if (next) v128.store(at(next, i), v);
    if (nesterov) v = f32x4.add(g, f32x4.mul(kept, v));
    v128.store(at(to, i), f32x4.sub(w, f32x4.mul(rates, v)));
  }
  for (; i < length; i++) {
    const w = f32.load(at(variable, i));
    let g = f32.load(at(gradient, i));
    if (decay != 0) g = g + decay * w;
    let v = g;
    if (velocity) v = momentum * f32.load(at(velocity, i)) + share * g;
    if (next) f32.store(at(next, i), v);
    if (nesterov) v = g + momentum * v;
    f32.store(at(to, i), w - rate * v);
  }
}
