import type * as tf from '@tensorflow/tfjs-core';

import {moduleOn} from './moduleOn';
import {chunkOf, suits} from './winograd';
import {tilesOf} from './winogradForm';
import * as gradientModule from './generated/winogradGradientModule';

const instanceOn = moduleOn<{readonly filterGradient: (...args: number[]) => void}>(
  gradientModule,
  'winogradGradient',
);

// With fewer, transforming the sums takes longer than the sums.
const ENOUGH_TILES = 32;

/**
 * Gradient of a convolution of stride 1 to its filter, by Winograd's F(2x2, 3x3) backwards (every
 * step of it is linear in the filter): a third of the products of the direct sums.
 *
 * @param info - Channels last, without dilation.
 * @returns `undefined` where it cannot run or would not be faster.
 */
export function winogradGradient(
  backend: object,
  x: tf.TensorInfo,
  dy: tf.TensorInfo,
  filterShape: [number, number, number, number],
  info: tf.backend_util.Conv2DInfo,
): tf.TensorInfo | undefined {
  const {batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels} = info;
  const instance = instanceOn(backend);
  const tiles = batchSize * tilesOf(outHeight, outWidth, 2);
  const isLarge = info.strideHeight * info.strideWidth === 1 && tiles >= ENOUGH_TILES;
  if (!instance || !isLarge || !suits(filterShape, outHeight, outWidth)) return undefined;
  const {heap, run} = instance;
  const out8 = 8 * Math.ceil(outChannels / 8);
  const chunk = chunkOf(16 * (inChannels + out8), tiles, 1);
  const to = heap.output(filterShape);
  const floats = inChannels * out8 + chunk * (inChannels + out8) + inChannels + 32;
  heap.withScratch(16 * floats, (work) => {
    run.filterGradient(
      heap.address(x),
      heap.address(dy),
      heap.address(to),
      ...[batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels],
      ...[info.padInfo.top, info.padInfo.left, chunk, work],
    );
  });
  return to;
}
