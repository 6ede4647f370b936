import * as tf from '@tensorflow/tfjs-core';

import type {Kernel} from '../composed/kernel';
import {channelsOn} from './instance';

/** MaxPoolGrad in SIMD, `otherwise` where that cannot run. */
export const simdMaxPoolGrad =
  (
    otherwise: Kernel<tf.MaxPoolGradAttrs, {input: tf.Tensor4D; dy: tf.Tensor4D}>,
  ): Kernel<tf.MaxPoolGradAttrs, {input: tf.Tensor4D; dy: tf.Tensor4D}> =>
  (call, shipped) => {
    const {filterSize, strides, pad, dimRoundingMode} = call.attrs;
    const instance = channelsOn(call.backend);
    const x = call.inputs.input;
    if (!instance || x.dtype !== 'float32') return otherwise(call, shipped);
    const {heap, run} = instance;
    const info = tf.backend_util.computePool2DInfo(
      x.shape,
      filterSize,
      strides,
      1,
      pad,
      dimRoundingMode,
    );
    const dx = heap.output(x.shape);
    run.maxPool(
      heap.address(x),
      heap.address(call.inputs.dy),
      heap.address(dx),
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
