import type * as tf from '@tensorflow/tfjs-core';

import {moduleOn} from './moduleOn';
import {chunkOf, suits} from './winograd';
import {suits4, tilesOf} from './winogradForm';
import * as gradientModule from './generated/winogradGradientModule';

type Gradient = {readonly filterGradient: (...args: number[]) => void};

const codeOf2 = moduleOn<Gradient>(gradientModule, 'winogradGradient', {
  filterGradient: 'gradient2',
});
const codeOf4 = moduleOn<Gradient>(undefined, 'winograd4Gradient', {
  filterGradient: 'gradient4',
});

// With fewer, transforming the sums takes longer than the sums.
const ENOUGH_TILES = 32;
const ENOUGH_LARGE_TILES = 16;

/**
 * Gradient of a convolution of stride 1 to its filter, by Winograd's F(2x2, 3x3) backwards (every
 * step of it is linear in the filter): a third of the products of the direct sums. By F(4x4, 3x3), a
 * quarter of them, where the relaxed set is in use and its tiles fit.
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
  if (info.strideHeight * info.strideWidth !== 1) return undefined;
  const of2 = batchSize * tilesOf(outHeight, outWidth, 2);
  const of4 = batchSize * tilesOf(outHeight, outWidth, 4);
  if (of2 < ENOUGH_TILES || !suits(filterShape, outHeight, outWidth)) return undefined;
  const isLarge = of4 >= ENOUGH_LARGE_TILES && suits4(outHeight, outWidth);
  const large = isLarge ? codeOf4(backend) : undefined;
  const instance = large ?? codeOf2(backend);
  if (!instance) return undefined;
  const [matrices, tiles] = large ? [36, of4] : [16, of2];
  const {heap, run} = instance;
  const out8 = 8 * Math.ceil(outChannels / 8);
  const chunk = chunkOf(matrices * (inChannels + out8), tiles, 1);
  const to = heap.output(filterShape);
  const floats = inChannels * out8 + chunk * (inChannels + out8) + inChannels + 52;
  heap.withScratch(matrices * floats, (work) => {
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
