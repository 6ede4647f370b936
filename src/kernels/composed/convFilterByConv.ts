import * as tf from '@tensorflow/tfjs-core';

import type {Kernel} from './kernel';

/**
 * Conv2DBackpropFilter as a convolution: the input, with batch and channels exchanged, is filtered
 * by dy, dilated by the stride. As fast as the backend convolves.
 */
export const convFilterByConv: Kernel<
  tf.Conv2DBackpropFilterAttrs,
  {x: tf.Tensor4D; dy: tf.Tensor4D}
> = ({inputs, attrs}) => {
  const {strides, pad, dimRoundingMode, filterShape} = attrs;
  const x = inputs.x;
  const dy = inputs.dy;
  const info = tf.backend_util.computeConv2DInfo(
    x.shape,
    filterShape,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  const {inHeight, inWidth, strideHeight, strideWidth, filterHeight, filterWidth} = info;
  const {top, left} = info.padInfo;
  // Rows and columns beyond the reach of the last window are cut, missing ones are padded.
  const bottom = (info.outHeight - 1) * strideHeight + filterHeight - top - inHeight;
  const right = (info.outWidth - 1) * strideWidth + filterWidth - left - inWidth;
  return tf.tidy(() => {
    const reached =
      bottom < 0 || right < 0
        ? tf.slice4d(
            x,
            [0, 0, 0, 0],
            [
              info.batchSize,
              inHeight + Math.min(0, bottom),
              inWidth + Math.min(0, right),
              info.inChannels,
            ],
          )
        : x;
    const gradient = tf.conv2d(
      tf.transpose(reached, [3, 1, 2, 0]),
      tf.transpose(dy, [1, 2, 0, 3]),
      1,
      [
        [0, 0],
        [top, Math.max(0, bottom)],
        [left, Math.max(0, right)],
        [0, 0],
      ],
      'NHWC',
      [strideHeight, strideWidth],
    );
    return tf.transpose(gradient, [1, 2, 0, 3]);
  });
};
