import * as tf from '@tensorflow/tfjs-core';

import {at} from '../../core/at';
import type {Derivatives} from './kernel';

/** What a convolution was run with; tf.layers gives no dilations to depthwise ones. */
export interface ConvolutionAttrs extends Pick<tf.Conv2DAttrs, 'pad' | 'dataFormat'> {
  readonly dilations?: tf.Conv2DAttrs['dilations'] | null;
  readonly dimRoundingMode?: tf.Conv2DAttrs['dimRoundingMode'] | undefined;
}

type Info = tf.backend_util.Conv2DInfo;

/** An image with rows and columns of zeros around it; a negative number cuts that many off. */
function framed(image: tf.Tensor4D, [top, bottom, left, right]: number[]): tf.Tensor4D {
  const sides = [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ] as [number, number][];
  const begin = sides.map(([before]) => Math.max(0, -before));
  const size = sides.map(
    ([before, after], axis) => at(image.shape, axis) + Math.min(0, before) + Math.min(0, after),
  );
  return tf.pad(
    tf.slice(image, begin, size),
    sides.map(([before, after]) => [Math.max(0, before), Math.max(0, after)]),
  );
}

/** dy with the frame that makes its convolution with the turned filter as large as the input. */
function framedForInput(dy: tf.Tensor4D, info: Info): tf.Tensor4D {
  const {padInfo, inHeight, inWidth, outHeight, outWidth} = info;
  const {top, left} = padInfo;
  return framed(dy, [
    info.effectiveFilterHeight - 1 - top,
    inHeight - outHeight + top,
    info.effectiveFilterWidth - 1 - left,
    inWidth - outWidth + left,
  ]);
}

/** The input with its padding, so large that the last window ends where it ends. */
function framedForFilter(x: tf.Tensor4D, info: Info): tf.Tensor4D {
  const {padInfo, inHeight, inWidth, outHeight, outWidth} = info;
  const {top, left} = padInfo;
  return framed(x, [
    top,
    outHeight + info.effectiveFilterHeight - 1 - top - inHeight,
    left,
    outWidth + info.effectiveFilterWidth - 1 - left - inWidth,
  ]);
}

type Images = [x: tf.Tensor4D, filter: tf.Tensor4D, dy: tf.Tensor4D, info: Info];

function full([x, filter, dy, info]: Images): Record<'x' | 'filter', () => tf.Tensor> {
  const dilations: [number, number] = [info.dilationHeight, info.dilationWidth];
  return {
    x: () => {
      const turned = tf.transpose(tf.reverse(filter, [0, 1]), [0, 1, 3, 2]);
      return tf.conv2d(framedForInput(dy, info), turned, 1, 'valid', 'NHWC', dilations);
    },
    // The input, with batch and channels exchanged, is filtered by dy, in steps of the dilation.
    filter: () => {
      const images: tf.Tensor4D = tf.transpose(framedForFilter(x, info), [3, 1, 2, 0]);
      const gradient = tf.conv2d(images, tf.transpose(dy, [1, 2, 0, 3]), dilations, 'valid');
      return tf.transpose(gradient, [1, 2, 0, 3]);
    },
  };
}

function depthwise([x, filter, dy, info]: Images): Record<'x' | 'filter', () => tf.Tensor> {
  const dilations: [number, number] = [info.dilationHeight, info.dilationWidth];
  const [height, width, channels, multiplier] = filter.shape;
  const {batchSize, outHeight, outWidth} = info;
  return {
    x: () => {
      const turned = tf.reverse(filter, [0, 1]);
      const perOutput: tf.Tensor4D = tf.reshape(turned, [height, width, -1, 1]);
      const frame = framedForInput(dy, info);
      const shares = tf.depthwiseConv2d(frame, perOutput, 1, 'valid', 'NHWC', dilations);
      return tf.sum(tf.reshape(shares, [...x.shape, multiplier]), 4);
    },
    // Tap by tap, the sum over all positions by a product with ones.
    filter: () => {
      const frame = framedForFilter(x, info);
      const size: [number, number, number, number] = [batchSize, outHeight, outWidth, channels];
      const outputs = tf.reshape(dy, [-1, channels, multiplier]);
      const ones = tf.ones([1, at(outputs.shape, 0)]);
      const taps = Array.from({length: height * width}, (_, tap) => {
        const [i, j] = [Math.floor(tap / width), tap % width];
        const part = tf.slice(frame, [0, i * dilations[0], j * dilations[1], 0], size);
        const products = tf.mul(tf.reshape(part, [-1, channels, 1]), outputs);
        return tf.matMul(ones, tf.reshape(products, [-1, channels * multiplier]));
      });
      return tf.reshape(tf.concat(taps), filter.shape);
    },
  };
}

/**
 * Gradients of a dilated convolution, which tfjs has not: convolutions again, of stride 1. The
 * stride of the forward pass is 1, since tfjs has no other one with dilation.
 */
export function dilatedGradients(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  dy: tf.Tensor4D,
  {dilations, pad, dimRoundingMode, dataFormat}: ConvolutionAttrs,
  isDepthwise: boolean,
): Record<'x' | 'filter', () => tf.Tensor> & Derivatives {
  const isFirst = dataFormat === 'NCHW';
  const last = (image: tf.Tensor4D): tf.Tensor4D =>
    isFirst ? tf.transpose(image, [0, 2, 3, 1]) : image;
  const info = tf.backend_util.computeConv2DInfo(
    x.shape,
    filter.shape,
    1,
    dilations ?? 1,
    pad,
    dimRoundingMode,
    isDepthwise,
    isFirst ? 'channelsFirst' : 'channelsLast',
  );
  const gradients = () => (isDepthwise ? depthwise : full)([last(x), filter, last(dy), info]);
  return {
    x: () => {
      const dx = gradients().x();
      return isFirst ? tf.transpose(dx, [0, 3, 1, 2]) : dx;
    },
    filter: () => gradients().filter(),
  };
}
