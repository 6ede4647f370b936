// The gradient of ReLU on tfjs's wasm memory, in AssemblyScript: compiled by scripts/buildKernels.ts
// into ../reluModule.ts. Tensors are float32, given by their address.

import {at} from './floats';

/** Of `length` values those of dy where x is positive, 0 elsewhere. */
export function passPositive(dy: usize, x: usize, to: usize, length: i32): void {
  const zero = f32x4.splat(0);
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    v128.store(at(to, i), v128.and(v128.load(at(dy, i)), f32x4.gt(v128.load(at(x, i)), zero)));
  }
  for (; i < length; i++) f32.store(at(to, i), f32.load(at(x, i)) > 0 ? f32.load(at(dy, i)) : 0);
}
