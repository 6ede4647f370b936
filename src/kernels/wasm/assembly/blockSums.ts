// The sums of blocks of terms of which a dense layer is made in the relaxed set, in AssemblyScript: compiled by
// scripts/buildKernels.ts. All tensors are float32, given by their address.

import {at} from './floats';
import {addTo, BLOCK, panel, rectify, startFrom} from './panels';
import {NEW} from './tiles';

/** Terms in each block but the last. */
export function terms(): i32 {
  return BLOCK;
}

/**
 * The sums of the blocks from `first` to before `last` of a[m, depth] b[depth, n], into sums[m, blocks, n],
 * of which there are `blocks` in all. `whole` is b as `packColumns` leaves it. Work: 32 floats.
 */
export function blockSums(
  m: i32, n: i32, depth: i32, a: usize, whole: usize, blocks: i32, first: i32, last: i32, sums: usize,
  work: usize,
): void {
  for (let block = first; block < last; block++) {
    const k = block * BLOCK;
    for (let j = 0; j < n; j += 8) {
      panel(
        m, min(BLOCK, depth - k), at(a, k), depth, 1, at(whole, j * depth + 8 * k), min(8, n - j),
        at(sums, block * n + j), blocks * n, NEW, work,
      );
    }
  }
}

/** c[m, n] = bias[n] + the sums[m, blocks, n] of all blocks, not below `low`: what a dense layer has. */
export function addBlocks(m: i32, n: i32, blocks: i32, sums: usize, bias: usize, low: f32, c: usize): void {
  startFrom(bias, m, n, c);
  for (let i = 0; i < m; i++) {
    const from = at(sums, i * blocks * n), to = at(c, i * n);
    let j = 0;
    for (; j + 16 <= n; j += 16) addColumns(blocks, n, at(from, j), at(to, j));
    for (let block = 0; block < blocks; block++) addTo(at(to, j), at(from, block * n + j), n - j);
  }
  rectify(low, c, m * n);
}

/** The sums of all blocks, n floats apart, added to to[16]. */
function addColumns(blocks: i32, n: i32, from: usize, to: usize): void {
  let c0 = v128.load(to), c1 = v128.load(to, 16), c2 = v128.load(to, 32), c3 = v128.load(to, 48);
  for (; blocks > 0; blocks--) {
    c0 = f32x4.add(v128.load(from), c0);
    c1 = f32x4.add(v128.load(from, 16), c1);
    c2 = f32x4.add(v128.load(from, 32), c2);
    c3 = f32x4.add(v128.load(from, 48), c3);
    from = at(from, n);
  }
  v128.store(to, c0);
  v128.store(to, c1, 16);
  v128.store(to, c2, 32);
  v128.store(to, c3, 48);
}
