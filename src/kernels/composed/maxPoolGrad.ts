import * as tf from '@tensorflow/tfjs-core';

import {intAt} from '../../core/at';
import {eachRun} from './eachRun';
import {type Gradient, gradientOf, type Kernel, valuesOf} from './kernel';

/**
 * MaxPoolGrad: each output's gradient goes to the first maximum of its window, even if that is not
 * positive (wasm's own kernel drops those).
 */
export const maxPoolGrad: Kernel<tf.MaxPoolGradAttrs, {input: tf.Tensor4D; dy: tf.Tensor4D}> = ({
  inputs,
  backend,
  attrs,
}) => {
  const {filterSize, strides, pad, dimRoundingMode} = attrs;
  const x = inputs.input;
  const dy = inputs.dy;
  const info = tf.backend_util.computePool2DInfo(
    x.shape,
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  const {inChannels} = info;
  const xs = valuesOf(backend, x);
  const best = new Float32Array(dy.size).fill(-Infinity);
  const source = new Int32Array(dy.size).fill(-1);
  eachRun(info, (output, input, _, length) => {
    for (let c = 0, to = output * inChannels; c < inChannels; c++, to++) {
      let from = input * inChannels + c;
      for (let j = 0; j < length; j++, from += inChannels) {
        const value = xs[from] ?? NaN;
        if (value > (best[to] ?? NaN)) {
          best[to] = value;
          source[to] = from;
        }
      }
    }
  });
  const dys = valuesOf(backend, dy);
  const result = new Float32Array(x.size);
  for (let i = 0; i < source.length; i++) {
    const from = intAt(source, i);
    if (from >= 0) result[from] = (result[from] ?? NaN) + (dys[i] ?? NaN);
  }
  return tf.tensor(result, x.shape);
};

/** The gradient of max pooling; tfjs has none where the indices are asked for, too. */
export const maxPoolWithArgmaxGradient: Gradient = gradientOf(
  ['x'],
  (dy, [input, output]: [tf.Tensor, tf.Tensor], attrs: tf.MaxPoolWithArgmaxAttrs) => ({
    x: () => tf.engine().runKernel(tf.MaxPoolGrad, {dy, input, output}, {...attrs}),
  }),
  {outputsToSave: [true, false]},
);
