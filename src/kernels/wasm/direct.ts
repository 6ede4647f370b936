import * as tf from '@tensorflow/tfjs-core';

import {isInGradient, isKept, madeOnce} from '../weightCache';
import * as direct from './generated/directModule';
import {moduleOn} from './moduleOn';
import {threadsOn} from './threads';
import {argumentsOf, type Convolution} from './winograd';

type Call = (...args: (number | boolean)[]) => void;

const directOn = moduleOn<{readonly packFilter: Call; readonly convolve: Call}>(direct, 'direct', {
  convolve: 'direct',
});

/** A convolution of any stride. */
export interface AnyConvolution extends Convolution {
  readonly strideHeight: number;
  readonly strideWidth: number;
}

// Floats of the padded rows, 64 kB, and of outputs, 32 kB, that are handled at once: they should stay in the
// caches while each group of 8 outputs goes over them.
const ROWS = 2 ** 14;
const OUTPUTS = 2 ** 13;
// Eight are computed at once; of so few, most would be for nothing, and XNNPACK sums in another order.
export const FEWEST_CHANNELS = 4;
// From so many outputs on, packing the filter anew pays also for one image.
const ENOUGH_OUTPUTS = 64;
// With fewer outputs of each channel, fetching the filter takes longer than the products.
const FEWEST_OUTPUTS = 32;

/** How many rows of outputs are computed at once. */
function chunkOf(
  perRow: number,
  kernelHeight: number,
  {strideHeight, outHeight, outWidth}: AnyConvolution,
  outChannels: number,
): number {
  const most = Math.floor((ROWS / perRow - kernelHeight) / strideHeight) + 1;
  const few = Math.ceil(FEWEST_OUTPUTS / outWidth);
  const suited = Math.max(few, Math.floor(OUTPUTS / (outWidth * outChannels)));
  return Math.max(1, Math.min(most, suited, outHeight));
}

/**
 * A convolution by direct sums, of any filter and stride: each sum goes through its terms in the order in
 * which XNNPACK's does, so that the digits of the plain set are those of tfjs.
 *
 * @returns `undefined` where it cannot run or would not be faster, which never depends on the batch: few
 *   channels, and few outputs of a filter that is not a kept weight.
 */
export function directConvolution(
  backend: object,
  convolution: AnyConvolution,
): tf.TensorInfo | undefined {
  const {x, filter, turned, outHeight, outWidth, strideHeight, strideWidth} = convolution;
  const [batch, , , inChannels] = x.shape as [number, number, number, number];
  const [rows, columns, c, k] = filter.shape as [number, number, number, number];
  const instance = directOn(backend);
  if (!instance || [x, filter].some(({dtype}) => dtype !== 'float32')) return undefined;
  const {heap, run} = instance;
  // The backend's own convolution runs on all of its threads.
  if (heap.threads() > 1 && !threadsOn.has(backend)) return undefined;
  const whole = convolution.whole ?? convolution;
  const isSmall = whole.outHeight * whole.outWidth < ENOUGH_OUTPUTS;
  if (isSmall && !isInGradient() && !isKept(filter)) return undefined;
  const outChannels = turned ? c : k;
  if (outChannels < FEWEST_CHANNELS) return undefined;
  const out8 = 8 * Math.ceil(outChannels / 8);
  const make = () => {
    const to = heap.output([rows * columns * inChannels, out8]);
    run.packFilter(heap.address(filter), rows, columns, c, k, turned, heap.address(to));
    return tf.engine().makeTensorFromTensorInfo(to);
  };
  const perRow = ((outWidth - 1) * strideWidth + columns) * inChannels;
  const chunk = chunkOf(perRow, rows, convolution, outChannels);
  const compute = (y: tf.TensorInfo) => {
    const packed = madeOnce(filter, `direct ${String(turned)}`, make);
    heap.withScratch(32 + out8 + ((chunk - 1) * strideHeight + rows) * perRow, (work) => {
      const windows = [rows, columns, strideHeight, strideWidth];
      run.convolve(...windows, ...argumentsOf(heap, convolution, packed, y), chunk, work);
    });
  };
  return heap.filled([batch, outHeight, outWidth, outChannels], (y) => tf.tidy(() => compute(y)));
}
