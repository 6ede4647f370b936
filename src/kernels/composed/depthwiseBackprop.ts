import * as tf from '@tensorflow/tfjs-core';

import {eachRun} from './eachRun';
import {type Kernel, type KernelCall, valuesOf} from './kernel';

type Shape = [number, number, number, number];

/** Both gradients add up products over the same pairs; what one reads, the other writes. */
function depthwise(
  call: KernelCall<
    Omit<tf.DepthwiseConv2dNativeBackpropInputAttrs, 'inputShape'>,
    {readonly dy: tf.Tensor}
  >,
  other: tf.Tensor4D,
  [inputShape, filterShape]: [Shape, Shape],
  towardsInput: boolean,
): tf.Tensor {
  const {strides, dilations, pad, dimRoundingMode} = call.attrs;
  const info = tf.backend_util.computeConv2DInfo(
    inputShape,
    filterShape,
    strides,
    dilations,
    pad,
    dimRoundingMode,
    true,
  );
  const [, , channels, multiplier] = filterShape;
  const dys = valuesOf(call.backend, call.inputs.dy);
  const others = valuesOf(call.backend, other);
  const shape = towardsInput ? inputShape : filterShape;
  const result = new Float32Array(tf.util.sizeFromShape(shape));
  eachRun(info, (output, input, tap, length) => {
    let at = input * channels;
    let weight = tap * channels * multiplier;
    for (let j = 0; j < length; j++) {
      let from = output * channels * multiplier;
      for (const end = at + channels; at < end; at++) {
        for (let m = 0; m < multiplier; m++, from++, weight++) {
          const to = towardsInput ? at : weight;
          const factor = towardsInput ? weight : at;
          result[to] = (result[to] ?? NaN) + (dys[from] ?? NaN) * (others[factor] ?? NaN);
        }
      }
    }
  });
  return tf.tensor(result, shape);
}

/** dx[input, c] = Σ dy[output, c, m] w[tap, c, m]: DepthwiseConv2dNativeBackpropInput. */
export const depthwiseBackpropInput: Kernel<
  tf.DepthwiseConv2dNativeBackpropInputAttrs,
  {filter: tf.Tensor4D; dy: tf.Tensor}
> = (call) => {
  const filter = call.inputs.filter;
  return depthwise(call, filter, [call.attrs.inputShape, filter.shape], true);
};

/** dw[tap, c, m] = Σ x[input, c] dy[output, c, m]: DepthwiseConv2dNativeBackpropFilter. */
export const depthwiseBackpropFilter: Kernel<
  tf.DepthwiseConv2dNativeBackpropFilterAttrs,
  {x: tf.Tensor4D; dy: tf.Tensor}
> = (call) => {
  const x = call.inputs.x;
  return depthwise(call, x, [x.shape, call.attrs.filterShape], false);
};
