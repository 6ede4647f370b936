import * as tf from '@tensorflow/tfjs-core';

import {isKept, madeOnce} from '../weightCache';
import {moduleOn} from './moduleOn';
import * as filterModule from './generated/winogradFilterModule';
import * as convolutionModule from './generated/winogradModule';

type Call = (...args: (number | boolean)[]) => void;

const convolutionOn = moduleOn<{readonly convolve: Call}>(
  convolutionModule.MODULE,
  convolutionModule.MEMORY_FLAGS_AT,
);
const filterOn = moduleOn<{readonly transformFilter: Call}>(
  filterModule.MODULE,
  filterModule.MEMORY_FLAGS_AT,
);

/** A convolution of stride 1, channels last, without dilation. */
export interface Convolution {
  /** [batch, height, width, channels] */
  readonly x: tf.TensorInfo;
  /** [height, width, inChannels, outChannels] */
  readonly filter: tf.TensorInfo;
  /** By the filter turned by 180 degrees, its channels exchanged: the gradient to the input. */
  readonly turned: boolean;
  /** Rows and columns of zeros before the input; how many behind follows from the output. */
  readonly top: number;
  readonly left: number;
  readonly outHeight: number;
  readonly outWidth: number;
  /** [channels], added to the output. */
  readonly bias?: tf.TensorInfo | undefined;
  /** Least value of the output; 0 makes it a ReLU. */
  readonly low?: number | undefined;
}

// Floats of a chunk, 256 kB: they should stay in the second-level cache.
const CHUNK = 2 ** 16;
const LEAST_TILES = 24;

// From so many tiles on, transforming the filter anew pays also for one image; a turned one would
// have to be made in any case.
const ENOUGH_TILES = 16;
const ENOUGH_TURNED = 4;

// On more, XNNPACK's convolution is faster, which uses all of them.
const MOST_THREADS = 2;

/** Tiles of 2x2 outputs that cover a map. */
export const tilesOf = (height: number, width: number): number =>
  Math.ceil(height / 2) * Math.ceil(width / 2);

/** How many tiles are handled at once, a multiple of `unit`. */
export function chunkOf(inChannels: number, out8: number, tiles: number, unit: number): number {
  const most = unit * Math.floor(CHUNK / (16 * (inChannels + out8)) / unit);
  return Math.min(Math.max(most, LEAST_TILES), unit * Math.ceil(tiles / unit));
}

/**
 * Whether F(2x2, 3x3) can do a convolution of stride 1 in less time than direct sums: not where
 * tiles reach far beyond a small map of odd size.
 */
export const suits = (filter: readonly number[], outHeight: number, outWidth: number): boolean => {
  const [height, width, inChannels = 0, outChannels = 0] = filter;
  const isWhole = inChannels % 4 === 0 && outChannels % 4 === 0;
  const products = 16 * tilesOf(outHeight, outWidth);
  return height === 3 && width === 3 && isWhole && products <= 0.8 * 9 * outHeight * outWidth;
};

/**
 * A convolution by Winograd's F(2x2, 3x3) (Lavin & Gray 2016, arXiv 1509.09308), 2 to 2.9 times as
 * fast as XNNPACK's: 16 products a channel for 2x2 outputs instead of 36. Rounding errors are as those of
 * the direct sums, relative to the largest value of 4x4 inputs.
 *
 * @returns `undefined` where it cannot run or would not be faster, which never depends on the batch:
 *   other filters than 3x3, channels that are no multiples of 4, small maps whose filter is not a
 *   kept weight, and where the backend's own convolution runs on more than two threads.
 */
export function winograd(backend: object, convolution: Convolution): tf.TensorInfo | undefined {
  const {x, filter, turned, top, left, outHeight, outWidth, bias, low = -Infinity} = convolution;
  const [batch, height, width, inChannels] = x.shape as [number, number, number, number];
  const [, , c, k] = filter.shape as [number, number, number, number];
  const outChannels = turned ? c : k;
  const tiles = tilesOf(outHeight, outWidth);
  const instance = convolutionOn(backend);
  const transform = filterOn(backend);
  if (!instance || !transform || instance.heap.threads() > MOST_THREADS) return undefined;
  if (!suits(filter.shape, outHeight, outWidth)) return undefined;
  if (tiles < (turned ? ENOUGH_TURNED : ENOUGH_TILES) && !isKept(filter)) return undefined;
  const {heap, run} = instance;
  const out8 = 8 * Math.ceil(outChannels / 8);
  const make = () => {
    const to = heap.output([16, inChannels, out8]);
    transform.run.transformFilter(heap.address(filter), c, k, turned, heap.address(to));
    return tf.engine().makeTensorFromTensorInfo(to);
  };
  const chunk = chunkOf(inChannels, out8, batch * tiles, 4);
  const y = heap.output([batch, outHeight, outWidth, outChannels]);
  tf.tidy(() => {
    const transformed = madeOnce(filter, `winograd ${String(turned)}`, make);
    heap.withScratch(16 * (chunk * (inChannels + out8) + inChannels + 32), (work) => {
      run.convolve(
        heap.address(x),
        heap.address(transformed),
        bias ? heap.address(bias) : 0,
        low,
        heap.address(y),
        ...[batch, height, width, inChannels, outHeight, outWidth, outChannels, top, left],
        chunk,
        work,
      );
    });
  });
  return y;
}
