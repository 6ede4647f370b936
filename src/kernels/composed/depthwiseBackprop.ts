import * as tf from '@tensorflow/tfjs-core';

import {eachRun} from './eachRun';
import {type Kernel, valuesOf} from './kernel';

/** dx[input, c] = Σ dy[output, c, m] w[tap, c, m]: DepthwiseConv2dNativeBackpropInput. */
export const depthwiseBackpropInput: Kernel<tf.DepthwiseConv2dNativeBackpropInputAttrs> = ({
  inputs,
  backend,
  attrs: {strides, dilations, pad, dimRoundingMode, inputShape},
}) => {
  const filter = inputs['filter'] as tf.Tensor4D;
  const info = tf.backend_util.computeConv2DInfo(
    inputShape,
    filter.shape,
    strides,
    dilations,
    pad,
    dimRoundingMode,
    true,
  );
  const [, , channels, multiplier] = filter.shape;
  const dys = valuesOf(backend, inputs['dy'] as tf.Tensor);
  const weights = valuesOf(backend, filter);
  const result = new Float32Array(tf.util.sizeFromShape(inputShape));
  eachRun(info, (output, input, tap, length) => {
    let to = input * channels;
    let weight = tap * channels * multiplier;
    for (let j = 0; j < length; j++) {
      let from = output * channels * multiplier;
      for (const end = to + channels; to < end; to++) {
        for (let m = 0; m < multiplier; m++, from++, weight++) {
          result[to] = (result[to] as number) + (dys[from] as number) * (weights[weight] as number);
        }
      }
    }
  });
  return tf.tensor(result, inputShape);
};

/** dw[tap, c, m] = Σ x[input, c] dy[output, c, m]: DepthwiseConv2dNativeBackpropFilter. */
export const depthwiseBackpropFilter: Kernel<tf.DepthwiseConv2dNativeBackpropFilterAttrs> = ({
  inputs,
  backend,
  attrs: {strides, dilations, pad, dimRoundingMode, filterShape},
}) => {
  const x = inputs['x'] as tf.Tensor4D;
  const info = tf.backend_util.computeConv2DInfo(
    x.shape,
    filterShape,
    strides,
    dilations,
    pad,
    dimRoundingMode,
    true,
  );
  const [, , channels, multiplier] = filterShape;
  const dys = valuesOf(backend, inputs['dy'] as tf.Tensor);
  const xs = valuesOf(backend, x);
  const result = new Float32Array(tf.util.sizeFromShape(filterShape));
  eachRun(info, (output, input, tap, length) => {
    let at = input * channels;
    let to = tap * channels * multiplier;
    for (let j = 0; j < length; j++) {
      let from = output * channels * multiplier;
      for (const end = at + channels; at < end; at++) {
        const value = xs[at] as number;
        for (let m = 0; m < multiplier; m++, from++, to++) {
          result[to] = (result[to] as number) + value * (dys[from] as number);
        }
      }
    }
  });
  return tf.tensor(result, filterShape);
};
