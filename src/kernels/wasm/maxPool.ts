import * as tf from '@tensorflow/tfjs-core';

import type {Kernel} from '../composed/kernel';
import {channelsOn} from './instance';

/** Whether windows of 2x2 lie side by side, none beyond the edge. */
const isHalving = (info: tf.backend_util.Conv2DInfo): boolean =>
  [info.filterHeight, info.filterWidth, info.strideHeight, info.strideWidth].every(
    (n) => n === 2,
  ) &&
  info.padInfo.top + info.padInfo.left === 0 &&
  2 * info.outHeight <= info.inHeight &&
  2 * info.outWidth <= info.inWidth &&
  info.inChannels % 4 === 0;

const infoOf = (
  {shape}: tf.Tensor4D,
  {filterSize, strides, pad, dimRoundingMode}: tf.MaxPoolAttrs | tf.MaxPoolGradAttrs,
): tf.backend_util.Conv2DInfo =>
  tf.backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode);

/**
 * MaxPool of 2x2 windows in SIMD, `otherwise` where that cannot run. tfjs's own kernel runs on the threads of
 * XNNPACK, as that of ReLU does.
 */
export const simdMaxPool =
  (
    otherwise: Kernel<tf.MaxPoolAttrs, {x: tf.Tensor4D}>,
  ): Kernel<tf.MaxPoolAttrs, {x: tf.Tensor4D}> =>
  (call, shipped) => {
    const x = call.inputs.x;
    const instance = x.dtype === 'float32' && x.size > 0 ? channelsOn(call.backend) : undefined;
    if (!instance) return otherwise(call, shipped);
    const info = infoOf(x, call.attrs);
    if (!isHalving(info)) return otherwise(call, shipped);
    const {heap, run} = instance;
    const y = heap.output(info.outShape);
    run.largest2(heap.address(x), heap.address(y), ...x.shape, info.outHeight, info.outWidth);
    return y;
  };

/** MaxPoolGrad in SIMD, `otherwise` where that cannot run. */
export const simdMaxPoolGrad =
  (
    otherwise: Kernel<tf.MaxPoolGradAttrs, {input: tf.Tensor4D; dy: tf.Tensor4D}>,
  ): Kernel<tf.MaxPoolGradAttrs, {input: tf.Tensor4D; dy: tf.Tensor4D}> =>
  (call, shipped) => {
    const instance = channelsOn(call.backend);
    const x = call.inputs.input;
    if (!instance || x.dtype !== 'float32') return otherwise(call, shipped);
    const {heap, run} = instance;
    const info = infoOf(x, call.attrs);
    const dx = heap.output(x.shape);
    const places = [heap.address(x), heap.address(call.inputs.dy), heap.address(dx)];
    if (isHalving(info)) {
      run.maxPool2(...places, ...x.shape, info.outHeight, info.outWidth);
      return dx;
    }
    run.maxPool(
      ...places,
      ...x.shape,
      info.outHeight,
      info.outWidth,
      info.filterHeight,
      info.filterWidth,
      info.strideHeight,
      info.strideWidth,
      info.padInfo.top,
      info.padInfo.left,
    );
    return dx;
  };
