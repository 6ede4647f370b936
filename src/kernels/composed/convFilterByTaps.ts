import * as tf from '@tensorflow/tfjs-core';

import {eachRun} from './eachRun';
import {type Kernel, valuesOf} from './kernel';

/**
 * Conv2DBackpropFilter in plain JavaScript: dW[tap, c, n] = Σ x[input, c] dy[output, n] over all
 * positions that the tap connects. It is for the cpu backend, whose own kernel looks every value up
 * by index.
 */
export const convFilterByTaps: Kernel<
  tf.Conv2DBackpropFilterAttrs,
  {x: tf.Tensor4D; dy: tf.Tensor}
> = (call, shipped) => {
  const {strides, pad, dimRoundingMode, dataFormat, filterShape} = call.attrs;
  if (dataFormat === 'NCHW' && shipped) return shipped(call);
  const x = call.inputs.x;
  const info = tf.backend_util.computeConv2DInfo(
    x.shape,
    filterShape,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  const {inChannels, outChannels} = info;
  const xs = valuesOf(call.backend, x);
  const dys = valuesOf(call.backend, call.inputs.dy);
  const result = new Float32Array(tf.util.sizeFromShape(filterShape));
  eachRun(info, (output, input, tap, length) => {
    const from = output * outChannels;
    let to = tap * inChannels * outChannels;
    for (let c = 0; c < length * inChannels; c++) {
      const value = xs[input * inChannels + c] ?? NaN;
      for (let n = 0; n < outChannels; n++, to++) {
        result[to] = (result[to] ?? NaN) + value * (dys[from + n] ?? NaN);
      }
    }
  });
  return tf.tensor(result, filterShape);
};
