import type * as tf from '@tensorflow/tfjs-core';

import {moduleOn} from './moduleOn';
import {channelsOn} from './instance';
import {blockOf, chunkOf, LARGE_FILTER, MOST_INPUTS, suits} from './winograd';
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

// Tiles of a group of examples, whose sums are turned into a gradient of its own.
const GROUP_TILES = 128;
const MOST_GROUPS = 8;
// Channels of input and output, multiplied: with more, threads share the channels.
const MOST_GROUPED = 64 * 64;

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
  const isInBlocks =
    matrices * inChannels * outChannels >= LARGE_FILTER &&
    matrices * tiles * inChannels <= MOST_INPUTS;
  const out8 = 8 * Math.ceil(outChannels / 8);
  const block = isInBlocks ? blockOf(matrices * (inChannels + tiles), outChannels) : out8;
  const chunk = isInBlocks ? tiles : chunkOf(matrices * (inChannels + out8), tiles, 1);
  const sums = channelsOn(backend);
  const groups = large && sums && !isInBlocks ? groupsOf(info, tiles) : 1;
  const {heap, run} = instance;
  const floats = inChannels * block + chunk * (inChannels + block) + inChannels + 52;
  const gradientAt = (to: number): void => {
    const places = [heap.address(x), heap.address(dy), to];
    const size = [batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels];
    const split = [info.padInfo.top, info.padInfo.left, chunk, 0, outChannels, block];
    heap.withScratch(matrices * floats, (work) => {
      run.filterGradient(...places, ...size, ...split, ...(large ? [groups] : []), work);
    });
  };
  return heap.filled(filterShape, (to) => {
    if (groups === 1 || !sums) {
      gradientAt(heap.address(to));
      return;
    }
    const size = 9 * inChannels * outChannels;
    heap.withScratch(groups * size, (parts) => {
      gradientAt(parts);
      sums.run.sumRows(parts, heap.address(to), groups, size);
    });
  });
}

/**
 * Into how many groups of examples a gradient is parted, that threads can share them: as many on one thread,
 * so that the digits are the same. One, where turning the sums into the gradient would take too long.
 */
function groupsOf(
  {batchSize, inChannels, outChannels}: tf.backend_util.Conv2DInfo,
  tiles: number,
): number {
  if (inChannels * outChannels > MOST_GROUPED) return 1;
  return Math.max(1, Math.min(MOST_GROUPS, batchSize, Math.floor(tiles / GROUP_TILES)));
}
