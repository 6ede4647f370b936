// Operations on single values on tfjs's wasm memory, in AssemblyScript: compiled by
// scripts/buildKernels.ts into ../elementwiseModule.ts. Tensors are float32, given by their address.

import {at} from './floats';

/** max(x, 0) of `length` values; NaN stays. */
export function rectify(x: usize, to: usize, length: i32): void {
  const zero = f32x4.splat(0);
  let i = 0;
  for (; i + 4 <= length; i += 4) v128.store(at(to, i), f32x4.max(v128.load(at(x, i)), zero));
  for (; i < length; i++) f32.store(at(to, i), max(f32.load(at(x, i)), 0));
}

/** The gradient of ReLU: of `length` values those of dy where x is positive, 0 elsewhere. */
export function passPositive(dy: usize, x: usize, to: usize, length: i32): void {
  const zero = f32x4.splat(0);
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    v128.store(at(to, i), v128.and(v128.load(at(dy, i)), f32x4.gt(v128.load(at(x, i)), zero)));
  }
  for (; i < length; i++) f32.store(at(to, i), f32.load(at(x, i)) > 0 ? f32.load(at(dy, i)) : 0);
}

/** a + b of `length` values. */
export function add(a: usize, b: usize, to: usize, length: i32): void {
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    v128.store(at(to, i), f32x4.add(v128.load(at(a, i)), v128.load(at(b, i))));
  }
  for (; i < length; i++) f32.store(at(to, i), f32.load(at(a, i)) + f32.load(at(b, i)));
}
