import * as tf from '@tensorflow/tfjs-core';

import type {Kernel} from './kernel';

interface Attributes extends Pick<
  tf.Conv2DAttrs,
  'strides' | 'pad' | 'dimRoundingMode' | 'dataFormat'
> {
  /** tf.layers gives none to depthwise convolutions. */
  readonly dilations: tf.Conv2DAttrs['dilations'] | null;
}

/**
 * A strided convolution with padding 'same' as one with the padding in numbers. Stock wasm gives
 * zeros for the former where the filter is so much smaller than the stride that some of the input
 * is not read.
 */
const inNumbers =
  (isDepthwise: boolean): Kernel<Attributes> =>
  (call, shipped) => {
    const run = shipped as tf.KernelFunc;
    const {strides, pad, dilations, dimRoundingMode, dataFormat} = call.attrs;
    const isShipped = pad !== 'same' || tf.backend_util.tupleValuesAreOne(strides);
    if (isShipped || dataFormat === 'NCHW') return run(call as never) as tf.TensorInfo;
    const [x, filter] = [call.inputs['x'], call.inputs['filter']] as [tf.Tensor4D, tf.Tensor4D];
    const {top, bottom, left, right} = tf.backend_util.computeConv2DInfo(
      x.shape,
      filter.shape,
      strides,
      dilations ?? 1,
      pad,
      dimRoundingMode,
      isDepthwise,
    ).padInfo;
    const numbers = [
      [0, 0],
      [top, bottom],
      [left, right],
      [0, 0],
    ];
    return run({...call, attrs: {...call.attrs, pad: numbers}} as never) as tf.TensorInfo;
  };

/** Conv2D and FusedConv2D with padding that stock wasm gets right. */
export const samePadding: Kernel<Attributes> = inNumbers(false);

/** Likewise the depthwise ones. */
export const sameDepthwisePadding: Kernel<Attributes> = inNumbers(true);
