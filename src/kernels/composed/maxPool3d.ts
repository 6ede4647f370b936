import * as tf from '@tensorflow/tfjs-core';

import {intAt} from '../../core/at';
import {eachPlace} from './eachWindow';
import {type Kernel, valuesOf} from './kernel';

/** For each output, the place of the first maximum of its window. */
function places(backend: object, x: tf.Tensor, attrs: tf.MaxPool3DGradAttrs) {
  const {filterSize, strides, pad, dimRoundingMode} = attrs;
  const info = tf.backend_util.computePool3DInfo(
    (x as tf.Tensor5D).shape,
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  const {inChannels, padInfo} = info;
  const best = new Int32Array(tf.util.sizeFromShape(info.outShape)).fill(-1);
  const xs = valuesOf(backend, x);
  const windows = {
    inputs: [info.inDepth, info.inHeight, info.inWidth],
    outputs: [info.outDepth, info.outHeight, info.outWidth],
    taps: [info.filterDepth, info.filterHeight, info.filterWidth],
    strides: [info.strideDepth, info.strideHeight, info.strideWidth],
    dilations: [1, 1, 1],
    before: [padInfo.front, padInfo.top, padInfo.left],
  };
  eachPlace(info.batchSize, windows, (output, input) => {
    for (let c = 0; c < inChannels; c++) {
      const [to, from] = [output * inChannels + c, input * inChannels + c];
      const known = intAt(best, to);
      if (known < 0 || (xs[from] ?? NaN) > (xs[known] ?? NaN)) best[to] = from;
    }
  });
  return {best, outShape: info.outShape};
}

/** MaxPool3D, for which stock wasm gives 0 where a window has no positive value. */
export const maxPool3d: Kernel<tf.MaxPool3DAttrs, {x: tf.Tensor}> = ({inputs, backend, attrs}) => {
  const x = inputs.x;
  const {best, outShape} = places(backend, x, attrs);
  const xs = valuesOf(backend, x);
  return tf.tensor(
    Float32Array.from(best, (from) => xs[from] ?? NaN),
    outShape,
  );
};

/** MaxPool3DGrad, which stock wasm loses in the same places. */
export const maxPool3dGrad: Kernel<tf.MaxPool3DGradAttrs, {input: tf.Tensor; dy: tf.Tensor}> = ({
  inputs,
  backend,
  attrs,
}) => {
  const x = inputs.input;
  const {best} = places(backend, x, attrs);
  const dys = valuesOf(backend, inputs.dy);
  const result = new Float32Array(x.size);
  best.forEach((from, i) => (result[from] = (result[from] ?? NaN) + (dys[i] ?? NaN)));
  return tf.tensor(result, x.shape);
};
