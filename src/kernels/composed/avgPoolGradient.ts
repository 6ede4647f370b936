import * as tf from '@tensorflow/tfjs-core';

import type {Gradient} from './kernel';

/** A pooling window along one axis. */
type Window = [outputs: number, stride: number, window: number, before: number, inputs: number];

/** In how many taps of the window each output lies inside the input, along one axis. */
function counts([outputs, stride, window, before, inputs]: Window): number[] {
  return Array.from({length: outputs}, (_, i) => {
    const start = i * stride - before;
    return Math.min(inputs, start + window) - Math.max(0, start);
  });
}

/** The gradient that tfjs ships, of a dy scaled up where padding was left out of the average. */
function withoutPadding(windows: readonly Window[], shipped: tf.GradConfig): tf.GradFunc {
  const full = windows.reduce((product, [, , window]) => product * window, 1);
  const share = windows.reduce(
    (shares, window) => shares.flatMap((factor) => counts(window).map((taps) => factor / taps)),
    [full],
  );
  if (share.every((factor) => factor === 1)) return shipped.gradFunc;
  const shape = [1, ...windows.map(([outputs]) => outputs), 1];
  return (dy, saved, attrs) => {
    const scaled = () => tf.mul(dy as tf.Tensor, tf.tensor(share, shape));
    return {x: () => (shipped.gradFunc(scaled(), saved, attrs)['x'] as () => tf.Tensor)()};
  };
}

/**
 * Gradient of average pooling with padding. The forward pass averages over the taps inside the
 * input; the gradient that tfjs ships divides by the whole window on every backend.
 */
export const avgPoolGradient: Gradient = (shipped) => ({
  ...shipped,
  gradFunc: (dy, saved, attrs) => {
    const {filterSize, strides, pad, dimRoundingMode} = attrs as unknown as tf.AvgPoolAttrs;
    const [x] = saved as [tf.Tensor4D];
    const i = tf.backend_util.computePool2DInfo(
      x.shape,
      filterSize,
      strides,
      1,
      pad,
      dimRoundingMode,
    );
    const windows: Window[] = [
      [i.outHeight, i.strideHeight, i.filterHeight, i.padInfo.top, i.inHeight],
      [i.outWidth, i.strideWidth, i.filterWidth, i.padInfo.left, i.inWidth],
    ];
    return withoutPadding(windows, shipped)(dy, saved, attrs);
  },
});

/** The same for 3-D average pooling. */
export const avgPool3dGradient: Gradient = (shipped) => ({
  ...shipped,
  gradFunc: (dy, saved, attrs) => {
    const {filterSize, strides, pad, dimRoundingMode} = attrs as unknown as tf.AvgPool3DAttrs;
    const [x] = saved as [tf.Tensor5D];
    const i = tf.backend_util.computePool3DInfo(
      x.shape,
      filterSize,
      strides,
      1,
      pad,
      dimRoundingMode,
    );
    const windows: Window[] = [
      [i.outDepth, i.strideDepth, i.filterDepth, i.padInfo.front, i.inDepth],
      [i.outHeight, i.strideHeight, i.filterHeight, i.padInfo.top, i.inHeight],
      [i.outWidth, i.strideWidth, i.filterWidth, i.padInfo.left, i.inWidth],
    ];
    return withoutPadding(windows, shipped)(dy, saved, attrs);
  },
});
