import * as tf from '@tensorflow/tfjs-core';

import {at} from '../../core/at';
import {type Gradient, type Kernel, outputGradient, runShipped} from '../composed/kernel';
import {elementwiseOn} from './instance';

/**
 * ReLU in SIMD. tfjs's own kernel hands it to the threads of XNNPACK, which then wait actively, on the cores
 * that our threads need.
 */
export const simdRelu: Kernel<object, {x: tf.Tensor}> = (call, shipped) => {
  const {x} = call.inputs;
  const instance = x.dtype === 'float32' ? elementwiseOn(call.backend) : undefined;
  if (!instance) return runShipped(shipped, call);
  const {heap, run} = instance;
  const y = heap.output(x.shape);
  run.rectify(heap.address(x), heap.address(y), x.size);
  return y;
};

/**
 * Gradient of ReLU in one sweep over the memory of the wasm backend, where tfjs writes out the step
 * function of x and multiplies by it; tfjs's own where that cannot run. It replaces whatever
 * gradient of ReLU is registered, even one of the program's own.
 */
export const reluGradient: Gradient = (shipped) =>
  shipped && {
    ...shipped,
    gradFunc: (dy, saved, attrs) => {
      const x = at(saved, 0);
      const instance = elementwiseOn(tf.backend());
      const gradient = outputGradient(dy);
      const isFloat = x.dtype === 'float32' && gradient.dtype === 'float32';
      if (!instance || !isFloat) return shipped.gradFunc(dy, saved, attrs);
      const {heap, run} = instance;
      const passed = (values: tf.Tensor): tf.Tensor => {
        const to = heap.output(x.shape);
        run.passPositive(...[values, x, to].map((tensor) => heap.address(tensor)), x.size);
        return tf.engine().makeTensorFromTensorInfo(to);
      };
      // It is one operation on the tape, whose gradient is of the same kind.
      const pass = tf.customGrad(() => ({
        value: passed(gradient),
        gradFunc: (outer: tf.Tensor) => passed(outer),
      }));
      return {x: () => pass(gradient)};
    },
  };
