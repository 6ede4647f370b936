import * as tf from '@tensorflow/tfjs-core';

import {type Kernel, runShipped} from '../composed/kernel';
import {channelsOn} from './instance';

/**
 * AvgPoolGrad in SIMD: the input gradient of a depthwise convolution with equal weights. tfjs's own
 * where that cannot run.
 */
export const simdAvgPoolGrad: Kernel<tf.AvgPoolGradAttrs, {input: tf.Tensor4D; dy: tf.Tensor}> = (
  call,
  shipped,
) => {
  const {filterSize, strides, pad} = call.attrs;
  const x = call.inputs.input;
  const dy = call.inputs.dy;
  const instance = channelsOn(call.backend);
  if (!instance || x.size === 0) return runShipped(shipped, call);
  const {heap, run} = instance;
  const info = tf.backend_util.computePool2DInfo(x.shape, filterSize, strides, 1, pad);
  const {filterHeight, filterWidth, inChannels} = info;
  const share = 1 / (filterHeight * filterWidth);
  const weights = tf.fill([filterHeight, filterWidth, inChannels, 1], share);
  const dx = heap.output(x.shape);
  run.depthwise(
    true,
    ...[dy, weights, dx].map((tensor) => heap.address(tensor)),
    ...x.shape,
    info.outHeight,
    info.outWidth,
    filterHeight,
    filterWidth,
    info.strideHeight,
    info.strideWidth,
    1,
    1,
    info.padInfo.top,
    info.padInfo.left,
  );
  weights.dispose();
  return dx;
};
