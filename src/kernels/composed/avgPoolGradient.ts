import * as tf from '@tensorflow/tfjs-core';

import type {Gradient} from './kernel';

/** In how many taps of the window each output lies inside the input, along one axis. */
function counts(outputs: number, stride: number, window: number, before: number, inputs: number) {
  return Array.from({length: outputs}, (_, i) => {
    const start = i * stride - before;
    return Math.min(inputs, start + window) - Math.max(0, start);
  });
}

/**
 * Gradient of average pooling with padding. The forward pass averages over the taps inside the
 * input; the gradient that tfjs ships divides by the whole window on every backend, so dy is
 * scaled up where padding was left out.
 */
export const avgPoolGradient: Gradient = (shipped) => ({
  ...shipped,
  gradFunc: (dy, saved, attrs) => {
    const {filterSize, strides, pad, dimRoundingMode} = attrs as unknown as tf.AvgPoolAttrs;
    const [x] = saved as [tf.Tensor4D];
    const info = tf.backend_util.computePool2DInfo(
      x.shape,
      filterSize,
      strides,
      1,
      pad,
      dimRoundingMode,
    );
    const {filterHeight, filterWidth, outHeight, outWidth, padInfo} = info;
    const rows = counts(outHeight, info.strideHeight, filterHeight, padInfo.top, info.inHeight);
    const columns = counts(outWidth, info.strideWidth, filterWidth, padInfo.left, info.inWidth);
    const full = filterHeight * filterWidth;
    const share = rows.flatMap((row) => columns.map((column) => full / (row * column)));
    if (share.every((factor) => factor === 1)) return shipped.gradFunc(dy, saved, attrs);
    const factors = () => tf.tensor4d(share, [1, outHeight, outWidth, 1]);
    const scaled = () => tf.mul(dy as tf.Tensor, factors());
    return {x: () => (shipped.gradFunc(scaled(), saved, attrs)['x'] as () => tf.Tensor)()};
  },
});
