// The inner loop of gradients to filters; part of the modules that import it.

import {madd} from './floats';

/** c[4, 8] += a[depth, 4]^T b[depth, 8]. */
@inline
export function outerTile(depth: i32, a: usize, b: usize, c: usize): void {
  let c00 = f32x4.splat(0), c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0), c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0), c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0), c31 = f32x4.splat(0);
  for (let t = depth; t > 0; t--) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    let v = v128.load32_splat(a);
    c00 = madd(v, b0, c00);
    c01 = madd(v, b1, c01);
    v = v128.load32_splat(a, 4);
    c10 = madd(v, b0, c10);
    c11 = madd(v, b1, c11);
    v = v128.load32_splat(a, 8);
    c20 = madd(v, b0, c20);
    c21 = madd(v, b1, c21);
    v = v128.load32_splat(a, 12);
    c30 = madd(v, b0, c30);
    c31 = madd(v, b1, c31);
    a += 16;
    b += 32;
  }
  v128.store(c, f32x4.add(c00, v128.load(c)));
  v128.store(c, f32x4.add(c01, v128.load(c, 16)), 16);
  v128.store(c, f32x4.add(c10, v128.load(c, 32)), 32);
  v128.store(c, f32x4.add(c11, v128.load(c, 48)), 48);
  v128.store(c, f32x4.add(c20, v128.load(c, 64)), 64);
  v128.store(c, f32x4.add(c21, v128.load(c, 80)), 80);
  v128.store(c, f32x4.add(c30, v128.load(c, 96)), 96);
  v128.store(c, f32x4.add(c31, v128.load(c, 112)), 112);
}
