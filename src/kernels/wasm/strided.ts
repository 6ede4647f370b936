import * as tf from '@tensorflow/tfjs-core';

import {isInGradient, isKept, madeOnce} from '../weightCache';
import {moduleOn} from './moduleOn';
import {threadsOn} from './threads';
import {argumentsOf, chunkOf, type Convolution, MOST_THREADS} from './winograd';

type Call = (...args: (number | boolean)[]) => void;

const convolutionOn = moduleOn<{readonly convolve: Call}>(undefined, 'strided', {
  convolve: 'strided',
});
const filterOn = moduleOn<{readonly transformFilter: Call}>(undefined, 'stridedFilter');

// From so many outputs on, transforming the filter anew pays also for one image.
const ENOUGH_OUTPUTS = 64;

const isServed = ([rows, columns, c = 0, k = 0]: readonly number[]): boolean =>
  rows === columns && (rows === 3 || rows === 4) && c % 4 === 0 && k % 4 === 0;

/** Whether filters of a shape are served on a backend. */
export const servesStrided = (backend: object, filter: readonly number[]): boolean =>
  isServed(filter) && convolutionOn(backend) !== undefined;

/**
 * A convolution of 3x3 or 4x4 filters and stride 2, or the gradient to its input, with 25 products in place of
 * 36, or 36 in place of 64: along a line, a filter of two taps by Winograd's F(2, 2) on the even inputs, and on
 * the odd ones one tap or another such filter. In the relaxed set only; rounding errors are as those of the
 * direct sums.
 *
 * @param convolution - Of stride 2; `top` and `left` are its padding, also where `x` is the gradient to
 *   the output.
 * @returns `undefined` where it cannot run or would not be faster, which never depends on the batch:
 *   other filters, channels that are no multiples of 4, few outputs with a filter that is not a kept
 *   weight, and where the backend's own convolution runs on more than two threads and this one does not.
 */
export function strided(backend: object, convolution: Convolution): tf.TensorInfo | undefined {
  const {x, filter, turned, top, left, outHeight, outWidth} = convolution;
  const whole = convolution.whole ?? convolution;
  const [batch, height, width, inChannels] = x.shape as [number, number, number, number];
  const [rows, , c, k] = filter.shape as [number, number, number, number];
  const [instance, filters] = [convolutionOn(backend), filterOn(backend)];
  if (!instance || !filters || !isServed(filter.shape)) return undefined;
  const {heap, run} = instance;
  if (heap.threads() > MOST_THREADS && !threadsOn.has(backend)) return undefined;
  const outputs = turned ? height * width : whole.outHeight * whole.outWidth;
  if (outputs < ENOUGH_OUTPUTS && !isInGradient() && !isKept(filter)) return undefined;
  const line = rows + 2;
  const matrices = line * line;
  const [down, across] = turned
    ? [Math.ceil((outHeight + top) / 4), Math.ceil((outWidth + left) / 4)]
    : [Math.ceil(outHeight / 2), Math.ceil(outWidth / 2)];
  const outChannels = turned ? c : k;
  const out8 = 8 * Math.ceil(outChannels / 8);
  const make = () => {
    const to = heap.filled([matrices, inChannels * out8 + 16], (to) => {
      heap.withScratch(160, (work) => {
        const places = [heap.address(filter), rows, c, k, turned, heap.address(to), work] as const;
        filters.run.transformFilter(...places);
      });
    });
    return tf.engine().makeTensorFromTensorInfo(to);
  };
  const chunk = chunkOf(matrices * (inChannels + out8), batch * down * across, 4);
  const compute = (y: tf.TensorInfo) => {
    const transformed = madeOnce(filter, `strided ${String(turned)}`, make);
    heap.withScratch(matrices * (chunk * (inChannels + out8) + inChannels + 39), (work) => {
      // A number, as all arguments of what may run on threads.
      const isTurned = Number(turned);
      run.convolve(isTurned, line, ...argumentsOf(heap, convolution, transformed, y), chunk, work);
    });
  };
  return heap.filled([batch, outHeight, outWidth, outChannels], (y) => tf.tidy(() => compute(y)));
}
