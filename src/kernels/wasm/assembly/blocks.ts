// Copies of rectangles of images on tfjs's wasm memory, in AssemblyScript: compiled by
// scripts/buildKernels.ts into ../generated/blocksModule.ts. Tensors are float32, given by their address.

import {at} from './floats';

/**
 * Copies `rows` runs of `length` values out of each of `images` images. Steps from row to row and from image
 * to image are counted in values.
 */
export function copyBlocks(
  from: usize, fromRow: i32, fromImage: i32, to: usize, toRow: i32, toImage: i32, images: i32, rows: i32,
  length: i32,
): void {
  for (; images > 0; images--) {
    let source = from, target = to;
    for (let row = 0; row < rows; row++) {
      let i = 0;
      for (; i + 4 <= length; i += 4) v128.store(at(target, i), v128.load(at(source, i)));
      for (; i < length; i++) f32.store(at(target, i), f32.load(at(source, i)));
      source = at(source, fromRow);
      target = at(target, toRow);
    }
    from = at(from, fromImage);
    to = at(to, toImage);
  }
}
