import type * as tf from '@tensorflow/tfjs-core';

import type {SgdStep} from '../../core/sgdStep';
import type {Kernel} from '../composed/kernel';
import * as sgdModule from './generated/sgdModule';
import {moduleOn} from './moduleOn';

const instanceOn = moduleOn<{readonly step: (...args: number[]) => void}>(sgdModule, undefined, {
  step: 'sgdStep',
});

interface Inputs {
  readonly variable: tf.Tensor;
  readonly gradient: tf.Tensor;
  /** Left out where there is none yet. */
  readonly velocity?: tf.Tensor;
}

/**
 * A step of `sgd` in one sweep over the memory of the wasm backend, where tfjs's operations make seven.
 * The same values to the bit: the moved variable and, with momentum, the new velocity.
 */
export const sgdStep: Kernel<SgdStep, Inputs> = ({inputs, attrs, backend}) => {
  const {variable, gradient, velocity} = inputs;
  const {rate, weightDecay, momentum, share, nesterov} = attrs;
  const instance = instanceOn(backend);
  if (!instance) throw new Error('The kernel of a step is registered where it cannot run.');
  const {heap, run} = instance;
  const outputs = [variable, ...(momentum === 0 ? [] : [variable])].map(({shape}) =>
    heap.output(shape),
  );
  const [to = 0, next = 0] = outputs.map((tensor) => heap.address(tensor));
  run.step(
    heap.address(variable),
    heap.address(gradient),
    velocity ? heap.address(velocity) : 0,
    ...[to, next, variable.size, rate, weightDecay, momentum, share],
    Number(nesterov),
  );
  return outputs as unknown as tf.TensorInfo; // tfjs takes a list as well
};
