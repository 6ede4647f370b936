import type * as tf from '@tensorflow/tfjs-core';

import * as blocks from './generated/blocksModule';
import {type Instance, moduleOn} from './moduleOn';
import type {Run} from './reach';

interface Blocks {
  readonly copyBlocks: (...args: number[]) => void;
}

/** Copies of rectangles on a backend's memory; `undefined` where they cannot run. */
export const blocksOn: (backend: object) => Instance<Blocks> | undefined = moduleOn<Blocks>(blocks);

/** A rectangle of some images of a batch. */
export interface Block {
  /** [batch, height, width, channels] */
  readonly tensor: tf.TensorInfo;
  readonly rows: Run;
  readonly columns: Run;
}

/**
 * Copies a rectangle of each image.
 *
 * @param from - Where to read.
 * @param to - Where to write; of the same size.
 * @param images - The images that are copied; all by default.
 */
export function copyBlock(
  {heap, run}: Instance<Blocks>,
  from: Block,
  to: Block,
  images: Run = {from: 0, to: from.tensor.shape[0] ?? 0},
): void {
  const place = ({tensor, rows, columns}: Block): readonly [number, number, number] => {
    const [, height = 0, width = 0, channels = 0] = tensor.shape;
    const perRow = width * channels;
    const perImage = height * perRow;
    const first = images.from * perImage + rows.from * perRow + columns.from * channels;
    return [heap.address(tensor) + 4 * first, perRow, perImage];
  };
  const {rows, columns, tensor} = from;
  const length = (columns.to - columns.from) * (tensor.shape[3] ?? 0);
  run.copyBlocks(
    ...place(from),
    ...place(to),
    ...[images.to - images.from, rows.to - rows.from, length],
  );
}
