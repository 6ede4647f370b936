import * as tf from '@tensorflow/tfjs-core';

import {type ConvolutionAttrs, dilatedGradients} from './dilatedConvolution';
import type {Gradient} from './kernel';

/** The gradient that tfjs ships, except for a dilated convolution, which gets this library's. */
const convolution =
  (isDepthwise: boolean): Gradient =>
  (shipped) =>
    shipped && {
      ...shipped,
      gradFunc: (dy, saved, attrs) => {
        const [x, filter] = saved as [tf.Tensor4D, tf.Tensor4D];
        const options = attrs as unknown as ConvolutionAttrs;
        return tf.backend_util.tupleValuesAreOne(options.dilations ?? 1)
          ? shipped.gradFunc(dy, saved, attrs)
          : dilatedGradients(x, filter, dy as tf.Tensor4D, options, isDepthwise);
      },
    };

/** Gradients of convolutions. */
export const CONVOLUTION_GRADIENTS: Readonly<Record<string, Gradient>> = {
  [tf.Conv2D]: convolution(false),
  [tf.DepthwiseConv2dNative]: convolution(true),
};
