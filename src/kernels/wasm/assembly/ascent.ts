// Steps of projected gradient ascent with momentum on tfjs's wasm memory, in AssemblyScript:
// compiled by scripts/buildKernels.ts into ../ascentModule.ts. Tensors are float32 [rows, size],
// given by their address; `steps`, `radii` hold one float32 for each row.

import {at} from './floats';
import {load, store} from './lanes';

@inline
function clamp(value: v128, low: v128, high: v128): v128 {
  return f32x4.pmin(f32x4.pmax(value, low), high);
}

// from + a (ahead - from) + b (from - before)
@inline
function mix(from: v128, ahead: v128, before: v128, a: v128, b: v128): v128 {
  const pulled = f32x4.add(from, f32x4.mul(a, f32x4.sub(ahead, from)));
  return f32x4.add(pulled, f32x4.mul(b, f32x4.sub(from, before)));
}

@inline
function squares(values: v128): v128 {
  const low = f64x2.promote_low_f32x4(values);
  const high = f64x2.promote_low_f32x4(v128.shuffle<i32>(values, values, 2, 3, 2, 3));
  return f64x2.add(f64x2.mul(low, low), f64x2.mul(high, high));
}

@inline
function lengthOf(squares: v128): f64 {
  return sqrt(f64x2.extract_lane(squares, 0) + f64x2.extract_lane(squares, 1));
}

@inline
function factor(radius: f32, length: f64): v128 {
  return f32x4.splat(length > radius ? <f32>(radius / length) : 1);
}

/** L-infinity: the ball of `radii` around `center`, and the range from `min` to `max`. */
export function advanceLinf(
  current: usize, previous: usize, gradient: usize, center: usize, radii: usize, steps: usize,
  to: usize, rows: i32, size: i32, momentum: f32, min: f32, max: f32,
): void {
  const a = f32x4.splat(momentum);
  const b = f32x4.splat(1 - momentum);
  const zero = f32x4.splat(0);
  const lowest = f32x4.splat(min);
  const highest = f32x4.splat(max);
  for (let row = 0; row < rows; row++) {
    const step = v128.load32_splat(at(steps, row));
    const radius = v128.load32_splat(at(radii, row));
    const first = row * size;
    for (let i = 0; i < size; i += 4) {
      const count = size - i;
      const index = first + i;
      const from = load(at(current, index), count);
      const slope = load(at(gradient, index), count);
      const origin = load(at(center, index), count);
      const low = f32x4.pmax(f32x4.sub(origin, radius), lowest);
      const high = f32x4.pmin(f32x4.add(origin, radius), highest);
      // Neither way where the slope is 0 or NaN.
      const up = v128.and(f32x4.gt(slope, zero), step);
      const down = v128.and(f32x4.lt(slope, zero), step);
      const ahead = clamp(f32x4.add(from, f32x4.sub(up, down)), low, high);
      const mixed = mix(from, ahead, load(at(previous, index), count), a, b);
      store(at(to, index), clamp(mixed, low, high), count);
    }
  }
}

/** L2: the ball of `radii` around `center`, then the range. */
export function advanceL2(
  current: usize, previous: usize, gradient: usize, center: usize, radii: usize, steps: usize,
  to: usize, rows: i32, size: i32, momentum: f32, min: f32, max: f32,
): void {
  const a = f32x4.splat(momentum);
  const b = f32x4.splat(1 - momentum);
  const lowest = f32x4.splat(min);
  const highest = f32x4.splat(max);
  for (let row = 0; row < rows; row++) {
    const first = row * size;
    const radius = f32.load(at(radii, row));
    let sum = f64x2.splat(0);
    for (let i = 0; i < size; i += 4) {
      sum = f64x2.add(sum, squares(load(at(gradient, first + i), size - i)));
    }
    const length = lengthOf(sum);
    // No way up where the gradient is 0 (or so small that 1 over it is no float32) or not finite.
    const goes = length > 1e-37 && length < Infinity;
    const unit = f32x4.splat(goes ? <f32>(1 / length) : 0);
    const step = v128.load32_splat(at(steps, row));
    sum = f64x2.splat(0);
    for (let i = 0; i < size; i += 4) {
      const index = first + i;
      const count = size - i;
      let ahead = load(at(current, index), count);
      if (goes) {
        ahead = f32x4.add(
          ahead,
          f32x4.mul(step, f32x4.mul(unit, load(at(gradient, index), count))),
        );
      }
      store(at(to, index), ahead, count);
      sum = f64x2.add(sum, squares(f32x4.sub(ahead, load(at(center, index), count))));
    }
    let scale = factor(radius, lengthOf(sum));
    sum = f64x2.splat(0);
    for (let i = 0; i < size; i += 4) {
      const index = first + i;
      const count = size - i;
      const origin = load(at(center, index), count);
      const offset = f32x4.sub(load(at(to, index), count), origin);
      const ahead = clamp(f32x4.add(origin, f32x4.mul(offset, scale)), lowest, highest);
      const from = load(at(current, index), count);
      const mixed = mix(from, ahead, load(at(previous, index), count), a, b);
      store(at(to, index), mixed, count);
      sum = f64x2.add(sum, squares(f32x4.sub(mixed, origin)));
    }
    scale = factor(radius, lengthOf(sum));
    for (let i = 0; i < size; i += 4) {
      const index = first + i;
      const count = size - i;
      const origin = load(at(center, index), count);
      const offset = f32x4.sub(load(at(to, index), count), origin);
      store(
        at(to, index),
        clamp(f32x4.add(origin, f32x4.mul(offset, scale)), lowest, highest),
        count,
      );
    }
  }
}
