import * as tf from '@tensorflow/tfjs-core';

import {at} from '../../core/at';
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

// TensorFlow's own kernels divide by the taps inside the input.
const RIGHT = new Set(['tensorflow']);

/** Scales dy up where padding was left out of the average, and the backend's kernel divides by the whole window. */
function withoutPadding(dy: tf.Tensor, windows: readonly Window[]): tf.Tensor {
  if (RIGHT.has(tf.getBackend())) return dy;
  const full = windows.reduce((product, [, , window]) => product * window, 1);
  const share = windows.reduce(
    (shares, window) => shares.flatMap((factor) => counts(window).map((taps) => factor / taps)),
    [full],
  );
  if (share.every((factor) => factor === 1)) return dy;
  return tf.mul(dy, tf.tensor(share, [1, ...windows.map(([outputs]) => outputs), 1]));
}

/** The gradient that tfjs ships, of another dy. */
const scaledBy =
  <Attributes>(scale: (dy: tf.Tensor, x: tf.Tensor, attrs: Attributes) => tf.Tensor): Gradient =>
  (shipped) =>
    shipped && {
      ...shipped,
      gradFunc: (dy, saved, attrs) => ({
        x: () => {
          const scaled = scale(dy as tf.Tensor, at(saved, 0), attrs as Attributes);
          return (shipped.gradFunc(scaled, saved, attrs)['x'] as () => tf.Tensor)();
        },
      }),
    };

/**
 * Gradient of average pooling with padding. The forward pass averages over the taps inside the
 * input; the gradient that tfjs ships divides by the whole window on every backend but tfjs-node.
 */
export const avgPoolGradient: Gradient = scaledBy(
  (dy, x, {filterSize, strides, pad, dimRoundingMode}: tf.AvgPoolAttrs) => {
    const i = tf.backend_util.computePool2DInfo(
      (x as tf.Tensor4D).shape,
      filterSize,
      strides,
      1,
      pad,
      dimRoundingMode,
    );
    return withoutPadding(dy, [
      [i.outHeight, i.strideHeight, i.filterHeight, i.padInfo.top, i.inHeight],
      [i.outWidth, i.strideWidth, i.filterWidth, i.padInfo.left, i.inWidth],
    ]);
  },
);

/** {@link avgPoolGradient} for 3-D average pooling. */
export const avgPool3dGradient: Gradient = scaledBy(
  (dy, x, {filterSize, strides, pad, dimRoundingMode}: tf.AvgPool3DAttrs) => {
    const i = tf.backend_util.computePool3DInfo(
      (x as tf.Tensor5D).shape,
      filterSize,
      strides,
      1,
      pad,
      dimRoundingMode,
    );
    return withoutPadding(dy, [
      [i.outDepth, i.strideDepth, i.filterDepth, i.padInfo.front, i.inDepth],
      [i.outHeight, i.strideHeight, i.filterHeight, i.padInfo.top, i.inHeight],
      [i.outWidth, i.strideWidth, i.filterWidth, i.padInfo.left, i.inWidth],
    ]);
  },
);
