import * as tf from '@tensorflow/tfjs-core';

import type {Kernel, KernelCall} from '../composed/kernel';
import {isKept} from '../weightCache';
import {dense} from './dense';
import {directConvolution} from './direct';
import {fewInputsGradient} from './fewInputs';
import {productsOn} from './instance';
import {lowestOf} from './lowestOf';
import {servesStrided, strided} from './strided';
import {type OutputSize, suits, winograd} from './winograd';
import {winogradForm} from './winogradForm';
import {winogradGradient} from './winogradGradient';

// Windows handled at once: 128 kB of products, so that they stay in the second-level cache.
const chunkOf = (size: number, least: number): number =>
  Math.max(least, 6 * Math.floor(32768 / size / 6));

const geometry = (info: tf.backend_util.Conv2DInfo): number[] => [
  info.outHeight,
  info.outWidth,
  info.outChannels,
  info.filterHeight,
  info.filterWidth,
  info.strideHeight,
  info.strideWidth,
  info.padInfo.top,
  info.padInfo.left,
];

const isPlain = ({dataFormat, dilations}: tf.Conv2DAttrs): boolean =>
  dataFormat !== 'NCHW' && tf.backend_util.tupleValuesAreOne(dilations);

// With fewer, the backend's own kernel is faster.
const FEWEST_CHANNELS = 24;

// Of a strided convolution of 4x4, for the gradient to its input by fewer products to pay.
const ENOUGH_OUTPUTS = 36;

/** Whether each output sees the channels of one pixel, and enough of them, for a product of matrices. */
const isPointwise = (info: tf.backend_util.Conv2DInfo): boolean =>
  info.filterHeight * info.filterWidth === 1 &&
  info.strideHeight * info.strideWidth === 1 &&
  info.outHeight === info.inHeight &&
  info.outWidth === info.inWidth &&
  info.inChannels >= FEWEST_CHANNELS &&
  tf.util.sizeFromShape(info.outShape) > 0;

/** Not what is refused elsewhere: without outputs, or padded by one number where the sides differ. */
const isSound = (info: tf.backend_util.Conv2DInfo, pad: tf.Conv2DAttrs['pad']): boolean =>
  Math.min(info.outHeight, info.outWidth) > 0 &&
  (typeof pad !== 'number' ||
    (info.filterHeight === info.filterWidth && info.strideHeight === info.strideWidth));

interface Inputs {
  readonly x: tf.Tensor4D;
  readonly filter: tf.Tensor4D;
  readonly bias?: tf.Tensor | undefined;
}

/** A call of a convolution. */
export type ConvCall = KernelCall<tf.Conv2DAttrs, Inputs>;

/** A rectangle of outputs, and the inputs that they see. */
export interface ConvPart extends OutputSize {
  readonly x: tf.Tensor4D;
  /** Rows and columns of zeros before these inputs. */
  readonly top: number;
  readonly left: number;
}

/** The sizes of a convolution; `undefined` where none of ours serves it. */
export function convInfoOf({
  inputs: {x, filter},
  attrs,
}: ConvCall): tf.backend_util.Conv2DInfo | undefined {
  const {strides, pad, dimRoundingMode} = attrs;
  if (!isPlain(attrs)) return undefined;
  return tf.backend_util.computeConv2DInfo(x.shape, filter.shape, strides, 1, pad, dimRoundingMode);
}

/**
 * A convolution in SIMD.
 *
 * @param call - The whole convolution.
 * @param low - Least value of the output.
 * @param part - What to compute of it, to the digits that the whole has there; all by default.
 * @returns `undefined` where that cannot run or does worse.
 */
export function simdConvolution(
  call: ConvCall,
  low?: number,
  part?: ConvPart,
): tf.TensorInfo | undefined {
  const info = convInfoOf(call);
  if (!info) return undefined;
  const {inputs, attrs, backend} = call;
  const {filter, bias} = inputs;
  const {outHeight, outWidth, strideHeight, strideWidth} = info;
  if (part && part.x.shape[3] !== info.inChannels) return undefined;
  const {x, ...size} = part ?? {x: inputs.x, ...info.padInfo, outHeight, outWidth};
  const whole = {outHeight, outWidth};
  const convolution = {x, filter, turned: false, ...size, bias, low, whole};
  if (isPointwise(info)) {
    const {batchSize, inChannels: depth, outChannels} = info;
    const shape = [batchSize, size.outHeight, size.outWidth, outChannels];
    return dense(backend, {a: x, b: filter, bias, low: low ?? -Infinity, depth, shape});
  }
  const isEven = strideHeight === strideWidth;
  return (
    (isEven && strideHeight === 1 ? winograd(backend, convolution) : undefined) ??
    (isEven && strideHeight === 2 ? strided(backend, convolution) : undefined) ??
    (isSound(info, attrs.pad)
      ? directConvolution(backend, {...convolution, strideHeight, strideWidth})
      : undefined)
  );
}

/** Conv2D in SIMD, `otherwise` where that cannot run or does worse. */
export const simdConv =
  (otherwise: Kernel<tf.Conv2DAttrs, Inputs>): Kernel<tf.Conv2DAttrs, Inputs> =>
  (call, shipped) =>
    simdConvolution(call) ?? otherwise(call, shipped);

/** The least value of the output of a FusedConv2D; `undefined` where it has another bias or activation. */
export function fusedLowest({
  inputs: {bias, filter},
  attrs,
}: KernelCall<tf.FusedConv2DAttrs, Inputs>): number | undefined {
  const isRow = !bias || bias.shape.join() === String(filter.shape[3]);
  return isRow ? lowestOf(attrs.activation) : undefined;
}

/**
 * Rows and columns of outputs that are computed together, counted from the first: such a tile has the same digits
 * whatever else is computed.
 */
export function tileOf(call: ConvCall, info: tf.backend_util.Conv2DInfo): number {
  const {outHeight, outWidth, strideHeight, strideWidth} = info;
  const {shape} = call.inputs.filter;
  if (isPointwise(info) || strideHeight !== strideWidth) return 1;
  if (strideHeight === 2) return servesStrided(call.backend, shape) ? 2 : 1;
  if (strideHeight > 2 || !suits(shape, outHeight, outWidth)) return 1;
  return winogradForm(call.backend, outHeight, outWidth)?.tile ?? 1;
}

/** FusedConv2D in SIMD, `otherwise` where that cannot run or does worse. */
export const simdFusedConv =
  (otherwise: Kernel<tf.FusedConv2DAttrs, Inputs>): Kernel<tf.FusedConv2DAttrs, Inputs> =>
  (call, shipped) => {
    const low = fusedLowest(call);
    return (low === undefined ? undefined : simdConvolution(call, low)) ?? otherwise(call, shipped);
  };

/** The gradient of a convolution of stride 1 to its input as one by the turned filter. */
function turnedConvolution(
  backend: object,
  dy: tf.Tensor4D,
  filter: tf.Tensor4D,
  info: tf.backend_util.Conv2DInfo,
): tf.TensorInfo | undefined {
  const top = info.filterHeight - 1 - info.padInfo.top;
  const left = info.filterWidth - 1 - info.padInfo.left;
  // With wider padding, some of dy reaches no input.
  if (top < 0 || left < 0) return undefined;
  const size = {top, left, outHeight: info.inHeight, outWidth: info.inWidth};
  const strides = {strideHeight: 1, strideWidth: 1};
  return directConvolution(backend, {x: dy, filter, turned: true, ...size, ...strides});
}

/** Conv2DBackpropInput in SIMD, `otherwise` where that cannot run or does better. */
export const simdConvInput =
  (
    otherwise: Kernel<tf.Conv2DBackpropInputAttrs, {dy: tf.Tensor4D; filter: tf.Tensor4D}>,
  ): Kernel<tf.Conv2DBackpropInputAttrs, {dy: tf.Tensor4D; filter: tf.Tensor4D}> =>
  (call, shipped) => {
    const {strides, pad, dimRoundingMode, dataFormat, inputShape} = call.attrs;
    const instance = productsOn(call.backend);
    if (!instance || dataFormat === 'NCHW') return otherwise(call, shipped);
    const {dy, filter} = call.inputs;
    const info = tf.backend_util.computeConv2DInfo(
      inputShape,
      filter.shape,
      strides,
      1,
      pad,
      dimRoundingMode,
    );
    const {batchSize, inHeight, inWidth, inChannels, outChannels, filterWidth} = info;
    const {outHeight, outWidth} = info;
    const {top, left} = info.padInfo;
    // Of a small map, most of what tiles of 4x4 inputs compute lies beyond it.
    const isWorth = filterWidth === 3 || outHeight * outWidth >= ENOUGH_OUTPUTS;
    if (info.strideHeight === 2 && info.strideWidth === 2 && isWorth) {
      const size = {top, left, outHeight: inHeight, outWidth: inWidth};
      const dx = strided(call.backend, {x: dy, filter, turned: true, ...size});
      if (dx) return dx;
    }
    if (info.strideHeight * info.strideWidth === 1) {
      const size = {top: 2 - top, left: 2 - left, outHeight: inHeight, outWidth: inWidth};
      const dx = winograd(call.backend, {x: dy, filter, turned: true, ...size});
      if (dx) return dx;
    }
    const few = fewInputsGradient(call.backend, dy, filter, info);
    if (few) return few;
    // Other dense ones are a convolution of dy by the turned filter, which need not be made again if it
    // is kept.
    const asConv = info.strideHeight * info.strideWidth === 1 && inChannels >= 8;
    if (asConv && (isKept(filter) || (filterWidth > 1 && outWidth >= 8))) {
      return turnedConvolution(call.backend, dy, filter, info) ?? otherwise(call, shipped);
    }
    const {heap, run} = instance;
    const size8 = 8 * Math.ceil((info.filterHeight * filterWidth * inChannels) / 8);
    const chunk = chunkOf(size8, 48);
    return heap.filled(inputShape, (dx) => {
      heap.withScratch(48 + (outChannels + chunk) * size8, (work) => {
        run.convInput(
          heap.address(dy),
          heap.address(filter),
          heap.address(dx),
          ...[batchSize, inHeight, inWidth, inChannels, ...geometry(info), chunk, work],
        );
      });
    });
  };

/** Conv2DBackpropFilter in SIMD, `otherwise` where that cannot run. */
export const simdConvFilter =
  (
    otherwise: Kernel<tf.Conv2DBackpropFilterAttrs, {x: tf.Tensor4D; dy: tf.Tensor4D}>,
  ): Kernel<tf.Conv2DBackpropFilterAttrs, {x: tf.Tensor4D; dy: tf.Tensor4D}> =>
  (call, shipped) => {
    const {strides, pad, dimRoundingMode, dataFormat, filterShape} = call.attrs;
    const instance = productsOn(call.backend);
    const x = call.inputs.x;
    if (!instance || dataFormat === 'NCHW' || x.size === 0) return otherwise(call, shipped);
    const info = tf.backend_util.computeConv2DInfo(
      x.shape,
      filterShape,
      strides,
      1,
      pad,
      dimRoundingMode,
    );
    const dy = call.inputs.dy;
    const gradient = winogradGradient(call.backend, x, dy, filterShape, info);
    if (gradient) return gradient;
    const {batchSize, inHeight, inWidth, inChannels, filterHeight, filterWidth} = info;
    const {heap, run} = instance;
    const size = filterHeight * filterWidth * inChannels;
    const chunk = chunkOf(size, 252);
    return heap.filled(filterShape, (dFilter) => {
      heap.withScratch(48 + 8 * 256 + chunk * size, (work) => {
        run.convFilter(
          heap.address(x),
          heap.address(dy),
          heap.address(dFilter),
          ...[batchSize, inHeight, inWidth, inChannels, ...geometry(info), chunk, 0, size, work],
        );
      });
    });
  };
