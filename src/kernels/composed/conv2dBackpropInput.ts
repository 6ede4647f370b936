import * as tf from '@tensorflow/tfjs-core';

import {madeOnce} from '../weightCache';
import {eachRun} from './eachRun';
import {type Kernel, valuesOf} from './kernel';

// Largest number of products of one matMul, a few megabytes: they should stay in the processor's
// cache.
const CHUNK = 2 ** 20;

/** The filter turned by 180 degrees, its channels exchanged. */
function turned(backend: object, filter: tf.Tensor4D): tf.Tensor4D {
  const [height, width, inChannels, outChannels] = filter.shape;
  const from = valuesOf(backend, filter);
  const to = new Float32Array(filter.size);
  let i = 0;
  for (let tap = height * width - 1; tap >= 0; tap--) {
    for (let c = 0; c < inChannels; c++) {
      for (let n = 0; n < outChannels; n++, i++) {
        to[(tap * outChannels + n) * inChannels + c] = from[i] ?? NaN;
      }
    }
  }
  return tf.tensor4d(to, [height, width, outChannels, inChannels]);
}

// Adds a run of values. Four at a time take half as long in V8.
function addRun(
  sums: Float32Array,
  at: number,
  values: Float32Array,
  first: number,
  length: number,
): void {
  const end = at + length;
  let [to, from] = [at, first];
  for (; to < end - 3; to += 4, from += 4) {
    sums[to] = (sums[to] ?? NaN) + (values[from] ?? NaN);
    sums[to + 1] = (sums[to + 1] ?? NaN) + (values[from + 1] ?? NaN);
    sums[to + 2] = (sums[to + 2] ?? NaN) + (values[from + 2] ?? NaN);
    sums[to + 3] = (sums[to + 3] ?? NaN) + (values[from + 3] ?? NaN);
  }
  for (; to < end; to++, from++) sums[to] = (sums[to] ?? NaN) + (values[from] ?? NaN);
}

/**
 * Any stride: dy times the filter gives the contribution of each window, added up where windows
 * overlap.
 */
function byMatMul(
  backend: object,
  dy: tf.Tensor4D,
  filter: tf.Tensor4D,
  info: tf.backend_util.Conv2DInfo,
): tf.Tensor4D {
  const {inChannels, outChannels, outHeight, outWidth} = info;
  const taps = info.filterHeight * info.filterWidth;
  const result = new Float32Array(tf.util.sizeFromShape(info.inShape));
  const perImage = result.length / info.batchSize;
  const images = Math.max(1, Math.floor(CHUNK / (outHeight * outWidth * taps * inChannels)));
  const columns = madeOnce(filter, 'columns', () =>
    tf.transpose(tf.reshape(filter, [-1, outChannels])),
  );
  for (let first = 0; first < info.batchSize; first += images) {
    const batchSize = Math.min(images, info.batchSize - first);
    tf.tidy(() => {
      const part = tf.slice4d(dy, [first, 0, 0, 0], [batchSize, -1, -1, -1]);
      const shares = tf.matMul(tf.reshape(part, [-1, outChannels]), columns);
      const values = valuesOf(backend, shares);
      eachRun({...info, batchSize}, (output, input, tap, length) => {
        const from = (output * taps + tap) * inChannels;
        const to = first * perImage + input * inChannels;
        addRun(result, to, values, from, length * inChannels);
      });
    });
  }
  return tf.tensor4d(result, info.inShape);
}

/** Conv2DBackpropInput by the fast convolution (stride 1) or the fast matMul of the backend. */
export const conv2dBackpropInput: Kernel<
  tf.Conv2DBackpropInputAttrs,
  {dy: tf.Tensor4D; filter: tf.Tensor4D}
> = (call, shipped) => {
  const {strides, pad, dimRoundingMode, dataFormat, inputShape} = call.attrs;
  if (dataFormat === 'NCHW' && shipped) return shipped(call);
  const dy = call.inputs.dy;
  const filter = call.inputs.filter;
  const info = tf.backend_util.computeConv2DInfo(
    inputShape,
    filter.shape,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  const {top, left} = info.padInfo;
  // With stride 1 it is a convolution of dy, padded like this, with the turned filter; except if
  // the forward padding was wider than the filter, where some of dy reaches no input.
  const above = info.filterHeight - 1 - top;
  const below = info.inHeight + top - info.outHeight;
  const before = info.filterWidth - 1 - left;
  const behind = info.inWidth + left - info.outWidth;
  const asConv =
    info.strideHeight * info.strideWidth === 1 && Math.min(above, below, before, behind) >= 0;
  return tf.tidy(() =>
    asConv
      ? tf.conv2d(
          dy,
          madeOnce(filter, 'turned', () => turned(call.backend, filter)),
          1,
          [
            [0, 0],
            [above, below],
            [before, behind],
            [0, 0],
          ],
        )
      : byMatMul(call.backend, dy, filter, info),
  );
};
