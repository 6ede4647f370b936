// The inner loop of products of matrices; part of the modules that import it.

import {at, madd} from './floats';

/** c is set to a sum. */
export const NEW: i32 = 0;
/** A sum is added to c. */
export const ADDED: i32 = 1;
/** A sum goes on from c, term by term. */
export const CONTINUED: i32 = 2;

/** What a sum into c[4] starts from. */
@inline
export function first(c: usize, mode: i32): v128 {
  return mode == CONTINUED ? v128.load(c) : f32x4.splat(0);
}

/** Puts sums into c[8]. */
@inline
export function put(c: usize, low: v128, high: v128, mode: i32): void {
  const add = mode == ADDED;
  v128.store(c, add ? f32x4.add(low, v128.load(c)) : low);
  v128.store(c, add ? f32x4.add(high, v128.load(c, 16)) : high, 16);
}

/**
 * a[count, depth] b[depth, 8] into c[count, 8], b packed; count is a multiple of 4. The loop over k
 * is as plain as can be: of more sums at once, or of two k written out, engines make slower code.
 */
export function tiles(
  count: i32, depth: i32, a: usize, aRow: i32, aColumn: i32, packed: usize, c: usize, cRow: i32,
  mode: i32,
): void {
  const row = (<usize>aRow) << 2, step = (<usize>aColumn) << 2;
  for (; count > 0; count -= 4) {
    let b = packed;
    let a0 = a;
    let a1 = a0 + row;
    let a2 = a1 + row;
    let a3 = a2 + row;
    a = a3 + row;
    let d = c;
    let c00 = first(d, mode), c01 = first(d + 16, mode);
    d = at(d, cRow);
    let c10 = first(d, mode), c11 = first(d + 16, mode);
    d = at(d, cRow);
    let c20 = first(d, mode), c21 = first(d + 16, mode);
    d = at(d, cRow);
    let c30 = first(d, mode), c31 = first(d + 16, mode);
    for (let k = depth; k > 0; k--) {
      const b0 = v128.load(b), b1 = v128.load(b, 16);
      let v = v128.load32_splat(a0);
      c00 = madd(v, b0, c00);
      c01 = madd(v, b1, c01);
      v = v128.load32_splat(a1);
      c10 = madd(v, b0, c10);
      c11 = madd(v, b1, c11);
      v = v128.load32_splat(a2);
      c20 = madd(v, b0, c20);
      c21 = madd(v, b1, c21);
      v = v128.load32_splat(a3);
      c30 = madd(v, b0, c30);
      c31 = madd(v, b1, c31);
      b += 32;
      a0 += step;
      a1 += step;
      a2 += step;
      a3 += step;
    }
    put(c, c00, c01, mode);
    c = at(c, cRow);
    put(c, c10, c11, mode);
    c = at(c, cRow);
    put(c, c20, c21, mode);
    c = at(c, cRow);
    put(c, c30, c31, mode);
    c = at(c, cRow);
  }
}
