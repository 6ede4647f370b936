// Rows of channels, four at a time; part of the modules that import it.

import {at} from './floats';

// Floats of a block of rows, 16 kB: it stays in the first-level cache from one sweep to the next. Sums
// of at most 256 rows keep their digits.
const BLOCK: i32 = 4096;

/** How many rows make a block. */
@inline
export function rowsOfBlock(channels: i32): i32 {
  return max(4, min(256, BLOCK / channels));
}

/** Four values, or as many as there are left in a row, the others 0. */
export function load(address: usize, count: i32): v128 {
  if (count >= 4) return v128.load(address);
  let values = v128.load32_zero(address);
  if (count > 1) values = v128.load32_lane(at(address, 1), values, 1);
  if (count > 2) values = v128.load32_lane(at(address, 2), values, 2);
  return values;
}

/** Stores as many of four values as there are left in a row. */
export function store(address: usize, values: v128, count: i32): void {
  if (count >= 4) {
    v128.store(address, values);
    return;
  }
  v128.store32_lane(address, values, 0);
  if (count > 1) v128.store32_lane(at(address, 1), values, 1);
  if (count > 2) v128.store32_lane(at(address, 2), values, 2);
}

@inline
export function square(value: v128): v128 {
  return f32x4.mul(value, value);
}

/** 1 / √(σ² + ε) of up to four channels. */
export function inverseOf(variance: usize, epsilon: f32, count: i32): v128 {
  const root = f32x4.sqrt(f32x4.add(load(variance, count), f32x4.splat(epsilon)));
  return f32x4.div(f32x4.splat(1), root);
}
