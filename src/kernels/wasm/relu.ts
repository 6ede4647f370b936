import * as tf from '@tensorflow/tfjs-core';

import {at} from '../../core/at';
import {type Gradient, outputGradient} from '../composed/kernel';
import {moduleOn} from './moduleOn';
import * as reluModule from './generated/reluModule';

const instanceOn = moduleOn<{readonly passPositive: (...args: number[]) => void}>(reluModule);

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
      const instance = instanceOn(tf.backend());
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
