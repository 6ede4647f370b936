import * as tf from '@tensorflow/tfjs-core';

import {isInGradient, isKept, madeOnce} from '../weightCache';
import type {Heap} from './heap';
import {threadsOn} from './threads';
import {tilesOf, type WinogradForm, winogradForm} from './winogradForm';

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
  /** Size of the output of which this is a part: the part is computed as the whole is. */
  readonly whole?: OutputSize | undefined;
}

/** Size of an output. */
export interface OutputSize {
  readonly outHeight: number;
  readonly outWidth: number;
}

// Floats of a chunk, 256 kB: they should stay in the second-level cache.
const CHUNK = 2 ** 16;
const LEAST_TILES = 24;

// Floats of a transformed filter that is larger than the second-level cache.
export const LARGE_FILTER = 2 ** 18;
// Floats of transformed inputs, 4 MB: with more, their chunks would have to transform the filter again.
export const MOST_INPUTS = 2 ** 20;
// Floats of what is made for a block of output channels, 512 kB.
const BLOCK = 2 ** 17;

/** On more, XNNPACK's convolution is faster, which uses all of them, unless ours does, too. */
export const MOST_THREADS = 2;

/** How many tiles, of so many floats each, are handled at once: a multiple of `unit`. */
export function chunkOf(floats: number, tiles: number, unit: number): number {
  const most = unit * Math.floor(CHUNK / floats / unit);
  return Math.min(Math.max(most, LEAST_TILES), unit * Math.ceil(tiles / unit));
}

/** How many output channels are handled at once, of so many floats each: a multiple of 8. */
export function blockOf(floats: number, outChannels: number): number {
  const most = 8 * Math.floor(BLOCK / (8 * floats));
  return Math.min(Math.max(8, most), 8 * Math.ceil(outChannels / 8));
}

/**
 * What every `convolve` of the modules takes first, in its order.
 *
 * @param filter - As the module takes it.
 * @param y - The output.
 */
export function argumentsOf(
  heap: Heap,
  {x, top, left, outHeight, outWidth, bias, low = -Infinity}: Convolution,
  filter: tf.TensorInfo,
  y: tf.TensorInfo,
): number[] {
  const [batch = 0, height = 0, width = 0, inChannels = 0] = x.shape;
  return [
    ...[heap.address(x), heap.address(filter), bias ? heap.address(bias) : 0, low, heap.address(y)],
    ...[batch, height, width, inChannels, outHeight, outWidth, y.shape[3] ?? 0, top, left],
  ];
}

/**
 * Whether F(2x2, 3x3) can do a convolution of stride 1 in less time than direct sums: not where
 * tiles reach far beyond a small map of odd size.
 */
export const suits = (filter: readonly number[], outHeight: number, outWidth: number): boolean => {
  const [height, width, inChannels = 0, outChannels = 0] = filter;
  const isWhole = inChannels % 4 === 0 && outChannels % 4 === 0;
  const products = 16 * tilesOf(outHeight, outWidth, 2);
  return height === 3 && width === 3 && isWhole && products <= 0.8 * 9 * outHeight * outWidth;
};

/**
 * A convolution by Winograd's F(2x2, 3x3) (Lavin & Gray 2016, arXiv 1509.09308), 2 to 2.9 times as
 * fast as XNNPACK's: 16 products a channel for 2x2 outputs instead of 36. Rounding errors are as those of
 * the direct sums, relative to the largest value of 4x4 inputs. In the relaxed set by F(4x4, 3x3), where
 * its tiles fit: 36 products for 4x4 outputs instead of 144, and rounding errors of about twice the size.
 *
 * @returns `undefined` where it cannot run or would not be faster, which never depends on the batch:
 *   other filters than 3x3, channels that are no multiples of 4, small maps whose filter is not a
 *   kept weight, and where the backend's own convolution runs on more than two threads and this one does
 *   not.
 */
export function winograd(backend: object, convolution: Convolution): tf.TensorInfo | undefined {
  const {x, filter, turned, outHeight, outWidth} = convolution;
  const whole = convolution.whole ?? convolution;
  const [batch, , , inChannels] = x.shape as [number, number, number, number];
  const [, , c, k] = filter.shape as [number, number, number, number];
  const outChannels = turned ? c : k;
  if (!suits(filter.shape, whole.outHeight, whole.outWidth)) return undefined;
  const form = winogradForm(backend, whole.outHeight, whole.outWidth);
  if (!form) return undefined;
  if (form.convolution.heap.threads() > MOST_THREADS && !threadsOn.has(backend)) return undefined;
  const {tile, matrices} = form;
  const tiles = tilesOf(outHeight, outWidth, tile);
  const enough = isInGradient() ? form.enoughInGradient : form.enoughTiles;
  const inWhole = tilesOf(whole.outHeight, whole.outWidth, tile);
  if (inWhole < (turned ? form.enoughTurned : enough) && !isKept(filter)) return undefined;
  const isLarge = matrices * inChannels * outChannels >= LARGE_FILTER;
  const isFresh = isLarge && matrices * batch * tiles * inChannels <= MOST_INPUTS;
  const compute = isFresh && !isKept(filter) ? inBlocks : byWholeFilter;
  return form.convolution.heap.filled([batch, outHeight, outWidth, outChannels], (y) => {
    compute(form, convolution, y, batch * tiles);
  });
}

/** Transforms some output channels of the filter at a time, and uses them while they are in the cache. */
function inBlocks(
  {convolution: {heap, run}, matrices, gap, filterWork}: WinogradForm,
  convolution: Convolution,
  y: tf.TensorInfo,
  tiles: number,
): void {
  const [inChannels, outChannels] = [convolution.x.shape[3] ?? 0, y.shape[3] ?? 0];
  const chunk = 4 * Math.ceil(tiles / 4);
  const block = blockOf(matrices * (inChannels + chunk), outChannels);
  const floats = matrices * (chunk * (inChannels + block) + inChannels + 36);
  const made = matrices * (inChannels * block + gap) + filterWork;
  heap.withScratch(floats + made, (work) => {
    const places = argumentsOf(heap, convolution, convolution.filter, y);
    const fresh = convolution.turned ? 2 : 1;
    run.convolve(...places, chunk, 0, outChannels, block, fresh, work);
  });
}

/** Transforms the filter first, or has kept it so. */
function byWholeFilter(
  {convolution: {heap, run}, tile, matrices, gap, filterWork}: WinogradForm,
  convolution: Convolution,
  y: tf.TensorInfo,
  tiles: number,
): void {
  const {filter, turned} = convolution;
  const [, , c, k] = filter.shape as [number, number, number, number];
  const [inChannels, outChannels] = turned ? [k, c] : [c, k];
  const out8 = 8 * Math.ceil(outChannels / 8);
  const make = () => {
    const to = heap.filled([matrices, inChannels * out8 + gap], (to) => {
      heap.withScratch(filterWork, (work) => {
        const places = [heap.address(filter), c, k, turned, 0, outChannels] as const;
        run.transformFilter(...places, heap.address(to), work);
      });
    });
    return tf.engine().makeTensorFromTensorInfo(to);
  };
  const chunk = chunkOf(matrices * (inChannels + out8), tiles, 4);
  tf.tidy(() => {
    const transformed = madeOnce(filter, `winograd ${tile} ${String(turned)}`, make);
    heap.withScratch(matrices * (chunk * (inChannels + out8) + inChannels + 36), (work) => {
      const places = argumentsOf(heap, convolution, transformed, y);
      run.convolve(...places, chunk, 0, outChannels, out8, 0, work);
    });
  });
}
