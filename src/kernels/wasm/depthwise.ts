import * as tf from '@tensorflow/tfjs-core';

import type {Kernel} from '../composed/kernel';
import {type Channels, channelsOn} from './instance';
import type {Instance} from './moduleOn';

interface DepthwiseAttrs {
  readonly strides: [number, number] | number;
  readonly dilations: [number, number] | number;
  readonly pad: tf.DepthwiseConv2dNativeBackpropInputAttrs['pad'];
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

type Shape = [number, number, number, number];

function depthwise(
  {heap, run}: Instance<Channels>,
  towardsInput: boolean,
  dy: tf.TensorInfo,
  other: tf.TensorInfo,
  [inputShape, filterShape]: [Shape, Shape],
  {strides, dilations, pad, dimRoundingMode}: DepthwiseAttrs,
): tf.TensorInfo {
  const info = tf.backend_util.computeConv2DInfo(
    inputShape,
    filterShape,
    strides,
    dilations,
    pad,
    dimRoundingMode,
    true,
  );
  const result = heap.output(towardsInput ? inputShape : filterShape);
  run.depthwise(
    towardsInput,
    ...[dy, other, result].map((tensor) => heap.address(tensor)),
    ...inputShape,
    info.outHeight,
    info.outWidth,
    info.filterHeight,
    info.filterWidth,
    info.strideHeight,
    info.strideWidth,
    info.dilationHeight,
    info.dilationWidth,
    info.padInfo.top,
    info.padInfo.left,
  );
  return result;
}

/** DepthwiseConv2dNativeBackpropInput in SIMD, `otherwise` where that cannot run. */
export const simdDepthwiseInput =
  (
    otherwise: Kernel<
      tf.DepthwiseConv2dNativeBackpropInputAttrs,
      {filter: tf.Tensor4D; dy: tf.Tensor}
    >,
  ): Kernel<tf.DepthwiseConv2dNativeBackpropInputAttrs, {filter: tf.Tensor4D; dy: tf.Tensor}> =>
  (call, shipped) => {
    const instance = channelsOn(call.backend);
    const filter = call.inputs.filter;
    if (!instance || filter.shape[3] !== 1) return otherwise(call, shipped);
    const dy = call.inputs.dy;
    const shapes: [Shape, Shape] = [call.attrs.inputShape, filter.shape];
    return depthwise(instance, true, dy, filter, shapes, call.attrs);
  };

/** DepthwiseConv2dNativeBackpropFilter in SIMD, `otherwise` where that cannot run. */
export const simdDepthwiseFilter =
  (
    otherwise: Kernel<tf.DepthwiseConv2dNativeBackpropFilterAttrs, {x: tf.Tensor4D; dy: tf.Tensor}>,
  ): Kernel<tf.DepthwiseConv2dNativeBackpropFilterAttrs, {x: tf.Tensor4D; dy: tf.Tensor}> =>
  (call, shipped) => {
    const {filterShape} = call.attrs;
    const instance = channelsOn(call.backend);
    if (!instance || filterShape[3] !== 1) return otherwise(call, shipped);
    const x = call.inputs.x;
    const dy = call.inputs.dy;
    return depthwise(instance, false, dy, x, [x.shape, filterShape], call.attrs);
  };
