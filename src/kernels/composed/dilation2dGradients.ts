import * as tf from '@tensorflow/tfjs-core';

import {eachPlace} from './eachWindow';
import {type Kernel, valuesOf} from './kernel';

interface Inputs {
  readonly x: tf.Tensor4D;
  readonly filter: tf.Tensor3D;
  readonly dy: tf.Tensor4D;
}

/** y = max over taps of (x + w): the gradient goes to the first maximum of each window. */
const towards =
  (name: 'x' | 'filter'): Kernel<tf.Dilation2DAttrs, Inputs> =>
  ({inputs, backend, attrs}) => {
    const {x, filter, dy} = inputs;
    const info = tf.backend_util.computeDilation2DInfo(
      x.shape,
      filter.shape,
      attrs.strides,
      attrs.pad,
      'NHWC',
      attrs.dilations,
    );
    const {inChannels, padInfo} = info;
    const xs = valuesOf(backend, x).slice();
    const ws = valuesOf(backend, filter).slice();
    const best = new Float32Array(dy.size).fill(-Infinity);
    const source = new Int32Array(dy.size).fill(-1);
    const windows = {
      inputs: [info.inHeight, info.inWidth],
      outputs: [info.outHeight, info.outWidth],
      taps: [info.filterHeight, info.filterWidth],
      strides: [info.strideHeight, info.strideWidth],
      dilations: [info.dilationHeight, info.dilationWidth],
      before: [padInfo.top, padInfo.left],
    };
    eachPlace(info.batchSize, windows, (output, input, tap) => {
      for (let c = 0; c < inChannels; c++) {
        const to = output * inChannels + c;
        const [from, weight] = [input * inChannels + c, tap * inChannels + c];
        const sum = (xs[from] ?? NaN) + (ws[weight] ?? NaN);
        if (sum > (best[to] ?? NaN)) {
          best[to] = sum;
          source[to] = name === 'x' ? from : weight;
        }
      }
    });
    const dys = valuesOf(backend, dy);
    const {shape} = inputs[name];
    const result = new Float32Array(tf.util.sizeFromShape(shape));
    source.forEach((to, i) => {
      if (to >= 0) result[to] = (result[to] ?? NaN) + (dys[i] ?? NaN);
    });
    return tf.tensor(result, shape);
  };

/** Dilation2DBackpropInput, which stock wasm gets wrong and webgl has not. */
export const dilation2dBackpropInput: Kernel<tf.Dilation2DAttrs, Inputs> = towards('x');

/** Dilation2DBackpropFilter likewise. */
export const dilation2dBackpropFilter: Kernel<tf.Dilation2DAttrs, Inputs> = towards('filter');
