// Products of matrices by panels of 8 columns; part of the modules that import it.

import {at, madd, zero} from './floats';
import {ADDED, CONTINUED, first, NEW, put, tiles} from './tiles';

/** Terms that a dense layer sums by themselves in the relaxed set, so that a change of a few needs few sums. */
export const BLOCK: i32 = 64;

export function addTo(to: usize, from: usize, n: i32): void {
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    v128.store(at(to, i), f32x4.add(v128.load(at(from, i)), v128.load(at(to, i))));
  }
  for (; i < n; i++) f32.store(at(to, i), f32.load(at(from, i)) + f32.load(at(to, i)));
}

export function copyTo(to: usize, from: usize, n: i32): void {
  let i = 0;
  for (; i + 4 <= n; i += 4) v128.store(at(to, i), v128.load(at(from, i)));
  for (; i < n; i++) f32.store(at(to, i), f32.load(at(from, i)));
}

/** One row of what `tiles` does. */
function lastRow(depth: i32, a: usize, aColumn: i32, b: usize, c: usize, mode: i32): void {
  let low = first(c, mode), high = first(c + 16, mode);
  for (; depth > 0; depth--) {
    const v = v128.load32_splat(a);
    low = madd(v, v128.load(b), low);
    high = madd(v, v128.load(b, 16), high);
    a = at(a, aColumn);
    b += 32;
  }
  put(c, low, high, mode);
}

/** a[rows, depth] b[depth, 8] into c[rows, 8], b packed. */
export function wholePanel(
  rows: i32, depth: i32, a: usize, aRow: i32, aColumn: i32, b: usize, c: usize, cRow: i32, mode: i32,
): void {
  const inTiles = rows & ~3;
  tiles(inTiles, depth, a, aRow, aColumn, b, c, cRow, mode);
  for (let i = inTiles; i < rows; i++) {
    lastRow(depth, at(a, i * aRow), aColumn, b, at(c, i * cRow), mode);
  }
}

/** Likewise for the first `columns` of 8; all of them are in `b`. Work: 32 floats. */
export function panel(
  rows: i32, depth: i32, a: usize, aRow: i32, aColumn: i32, b: usize, columns: i32, c: usize, cRow: i32,
  mode: i32, work: usize,
): void {
  if (columns == 8) {
    wholePanel(rows, depth, a, aRow, aColumn, b, c, cRow, mode);
    return;
  }
  for (let i = 0; i < rows; i += 4) {
    const some = min(4, rows - i);
    const last = at(c, i * cRow);
    if (mode == CONTINUED) {
      for (let r = 0; r < some; r++) copyTo(at(work, 8 * r), at(last, r * cRow), columns);
    }
    const apart = mode == CONTINUED ? CONTINUED : NEW;
    wholePanel(some, depth, at(a, i * aRow), aRow, aColumn, b, work, 8, apart);
    for (let r = 0; r < some; r++) {
      const to = at(last, r * cRow), sums = at(work, 8 * r);
      if (mode == ADDED) addTo(to, sums, columns);
      else copyTo(to, sums, columns);
    }
  }
}

/** c[m, n] = bias[n] in each row; without a bias its address is 0. */
export function startFrom(bias: usize, m: i32, n: i32, c: usize): void {
  for (let i = 0; i < m; i++) {
    if (bias == 0) zero(at(c, i * n), n);
    else copyTo(at(c, i * n), bias, n);
  }
}

/** What of c[count] is below `low` becomes `low`. */
export function rectify(low: f32, c: usize, count: i32): void {
  if (low == -Infinity) return;
  const least = f32x4.splat(low);
  let i = 0;
  for (; i + 4 <= count; i += 4) v128.store(at(c, i), f32x4.max(v128.load(at(c, i)), least));
  for (; i < count; i++) f32.store(at(c, i), max(f32.load(at(c, i)), low));
}
