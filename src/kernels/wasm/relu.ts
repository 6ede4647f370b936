import * as tf from '@tensorflow/tfjs-core';

import {at} from '../../core/at';
import {type Gradient, type Kernel, outputGradient, runShipped} from '../composed/kernel';
import {hasKernel} from '../registries';
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

/** The kernel that {@link reluGradient} runs: in tfjs's registry, as all that computes. */
export const RELU_GRADIENT = 'LtRobustReluGradient';

/**
 * What of `dy` passes where `x` is above 0, in one sweep over the memory of the wasm backend; by tfjs's
 * operations where that cannot run.
 */
export const passPositive: Kernel<object, {dy: tf.Tensor; x: tf.Tensor}> = ({inputs, backend}) => {
  const {dy, x} = inputs;
  const instance = elementwiseOn(backend);
  if (!instance) return tf.tidy(() => tf.mul(dy, tf.step(x)));
  const {heap, run} = instance;
  const to = heap.output(x.shape);
  run.passPositive(...[dy, x, to].map((tensor) => heap.address(tensor)), x.size);
  return to;
};

const isOurs = (): boolean => hasKernel(RELU_GRADIENT, tf.getBackend());

/**
 * Gradient of ReLU in one sweep, where tfjs writes out the step function of x and multiplies by it. It reads the
 * output, which is above 0 where the input is and which the next layer saves in any case; tfjs saves the input
 * besides. It replaces whatever gradient of ReLU is registered, even one of the program's own; on a backend
 * without its kernel that one is left as it is.
 */
export const reluGradient: Gradient = (shipped) =>
  shipped && {
    ...shipped,
    // tfjs asks at each operation.
    get inputsToSave() {
      return isOurs() ? [] : (shipped.inputsToSave ?? []);
    },
    get outputsToSave() {
      return isOurs() ? [true] : (shipped.outputsToSave ?? []);
    },
    gradFunc: (dy, saved, attrs) => {
      const y = at(saved, 0);
      const gradient = outputGradient(dy);
      const isFloat = y.dtype === 'float32' && gradient.dtype === 'float32';
      if (!isFloat || !isOurs()) return shipped.gradFunc(dy, saved, attrs);
      const passed = (values: tf.Tensor): tf.Tensor =>
        tf.engine().runKernel(RELU_GRADIENT, {dy: values, x: y});
      // It is one operation on the tape, whose gradient is of the same kind.
      const pass: (values: tf.Tensor) => tf.Tensor = tf.customGrad((values) => ({
        value: passed(values as tf.Tensor),
        gradFunc: (outer: tf.Tensor) => pass(outer),
      }));
      return {x: () => pass(gradient)};
    },
  };
