import * as tf from '@tensorflow/tfjs-core';

import {InvalidArgumentError} from '../../core/errors';
import {type Kernel, runShipped} from './kernel';

interface Attributes extends Pick<
  tf.Conv2DAttrs,
  'strides' | 'pad' | 'dimRoundingMode' | 'dataFormat'
> {
  /** tf.layers gives none to depthwise convolutions. */
  readonly dilations: tf.Conv2DAttrs['dilations'] | null;
}

interface Inputs {
  readonly x: tf.Tensor4D;
  readonly filter: tf.Tensor4D;
}

type Info = tf.backend_util.Conv2DInfo;

/**
 * Refuses padding by one number where tfjs computes a wrong size of the output, as if windows were
 * square and strides equal: stock wasm then writes beyond the output.
 */
function checkSize(pad: Attributes['pad'], info: Info): void {
  if (typeof pad !== 'number') return;
  const sizeOf = (inputs: number, window: number, stride: number) =>
    (inputs + 2 * pad - window) / stride + 1;
  const height = sizeOf(info.inHeight, info.effectiveFilterHeight, info.strideHeight);
  const width = sizeOf(info.inWidth, info.effectiveFilterWidth, info.strideWidth);
  // The size may be rounded down or up.
  if (Math.abs(height - info.outHeight) < 1 && Math.abs(width - info.outWidth) < 1) return;
  throw new InvalidArgumentError({
    where: 'withGradientKernels',
    argument: 'body',
    expected:
      'pad by one number only where windows are square and strides and dilations equal: ' +
      'for others TensorFlow.js computes a wrong output size, and its wasm backend writes beyond it',
    found: `padding ${pad} with windows [${info.filterHeight}, ${info.filterWidth}], strides [${
      info.strideHeight
    }, ${info.strideWidth}] and dilations [${info.dilationHeight}, ${info.dilationWidth}]`,
    remedy: `Give the padding of each side: [[0, 0], [${pad}, ${pad}], [${pad}, ${pad}], [0, 0]].`,
  });
}

/**
 * Refuses windows that are larger than what they slide over: the output is empty, and stock wasm
 * goes on with it and writes into memory that is not its own.
 */
function checkFits(
  [, height = 0, width = 0]: readonly number[],
  [windowHeight = 0, windowWidth = 0]: readonly number[],
  dilations: number | readonly number[],
): void {
  const [down = 1, right = 1] = typeof dilations === 'number' ? [dilations, dilations] : dilations;
  const spread = [down * (windowHeight - 1) + 1, right * (windowWidth - 1) + 1] as const;
  if (height >= spread[0] && width >= spread[1]) return;
  throw new InvalidArgumentError({
    where: 'withGradientKernels',
    argument: 'body',
    expected: 'leave something of what its convolutions and pools slide over',
    found: `a window of ${spread.join(' x ')} over ${height} x ${width} values, without padding`,
    remedy: "Give the layer padding: 'same', or the model larger inputs.",
  });
}

/**
 * A strided convolution with padding 'same' as one with the padding in numbers. Stock wasm gives
 * zeros for the former where the filter is so much smaller than the stride that some of the input
 * is not read.
 */
const inNumbers =
  (isDepthwise: boolean): Kernel<Attributes, Inputs> =>
  (call, shipped) => {
    const {strides, pad, dilations, dimRoundingMode, dataFormat} = call.attrs;
    if (pad === 'valid') checkFits(call.inputs.x.shape, call.inputs.filter.shape, dilations ?? 1);
    const isRight =
      typeof pad === 'number'
        ? false
        : pad !== 'same' || tf.backend_util.tupleValuesAreOne(strides);
    if (isRight || dataFormat === 'NCHW') return runShipped(shipped, call);
    const {x, filter} = call.inputs;
    const info = tf.backend_util.computeConv2DInfo(
      x.shape,
      filter.shape,
      strides,
      dilations ?? 1,
      pad,
      dimRoundingMode,
      isDepthwise,
    );
    checkSize(pad, info);
    if (pad !== 'same') return runShipped(shipped, call);
    const {top, bottom, left, right} = info.padInfo;
    const numbers = [
      [0, 0],
      [top, bottom],
      [left, right],
      [0, 0],
    ];
    return runShipped(shipped, {...call, attrs: {...call.attrs, pad: numbers}});
  };

/** Conv2D and FusedConv2D with padding that stock wasm gets right. */
export const samePadding: Kernel<Attributes, Inputs> = inNumbers(false);

/** The depthwise convolutions likewise. */
export const sameDepthwisePadding: Kernel<Attributes, Inputs> = inNumbers(true);

/** MaxPool and AvgPool for wasm, where padding by one number goes wrong likewise. */
export const rightPool: Kernel<tf.MaxPoolAttrs, {x: tf.Tensor4D}> = (call, shipped) => {
  const {filterSize, strides, pad, dimRoundingMode} = call.attrs;
  const {shape} = call.inputs.x;
  if (pad === 'valid')
    checkFits(shape, typeof filterSize === 'number' ? [filterSize, filterSize] : filterSize, 1);
  const args = [shape, filterSize, strides, 1, pad, dimRoundingMode] as const;
  checkSize(pad, tf.backend_util.computePool2DInfo(...args));
  return runShipped(shipped, call);
};
