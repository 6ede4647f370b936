import * as tf from '@tensorflow/tfjs-core';
import {afterEach, beforeEach, expect, it} from 'vitest';

import {SGD_STEP, type SgdStep} from '../../src/core/sgdStep';
import {sgd} from '../../src/optimizers/sgd';
import {expectClose, numbers} from '../support/tensors';

const seen: SgdStep[] = [];
let before: tf.KernelConfig | undefined;

// A kernel under the name that optimizer and kernels share, by the definition of its attributes.
beforeEach(() => {
  const backendName = tf.getBackend();
  before = tf.getKernel(SGD_STEP, backendName) as tf.KernelConfig | undefined;
  if (before) tf.unregisterKernel(SGD_STEP, backendName);
  tf.registerKernel({
    ...{kernelName: SGD_STEP, backendName},
    kernelFunc({inputs, attrs}) {
      const step = attrs as unknown as SgdStep;
      const {variable, gradient, velocity} = inputs as Record<string, tf.Tensor>;
      seen.push(step);
      const g = tf.add(gradient as tf.Tensor, tf.mul(step.weightDecay, variable as tf.Tensor));
      const v = velocity ? tf.add(tf.mul(step.momentum, velocity), tf.mul(step.share, g)) : g;
      const along = step.nesterov ? tf.add(g, tf.mul(step.momentum, v)) : v;
      return [tf.sub(variable as tf.Tensor, tf.mul(step.rate, along)), v];
    },
  });
});

afterEach(() => {
  tf.unregisterKernel(SGD_STEP, tf.getBackend());
  if (before) tf.registerKernel(before);
  seen.length = 0;
});

it('is the name and the attributes by which sgd asks for its step', () => {
  const optimizer = sgd({
    ...{learningRate: 0.5, momentum: 0.9, dampening: 0.25, weightDecay: 0.1, nesterov: false},
  });
  const variable = tf.tidy(() => tf.variable(tf.tensor1d([1, -2])));
  const gradient = tf.tensor1d([0.2, 0.4]);
  for (let step = 0; step < 2; step++) optimizer.applyGradients({[variable.name]: gradient});
  const attributes = {rate: 0.5, weightDecay: 0.1, momentum: 0.9, share: 0.75, nesterov: false};
  expect(seen).toEqual([attributes, attributes]);
  // PyTorch's recursion in double precision.
  const expected = [1, -2].map((start, i) => {
    const gradientAt = (w: number) => ([0.2, 0.4][i] as number) + 0.1 * w;
    const first = gradientAt(start);
    const moved = start - 0.5 * first;
    return moved - 0.5 * (0.9 * first + 0.75 * gradientAt(moved));
  });
  expectClose(numbers(variable), expected, 1e-6);
  tf.dispose([variable, gradient]);
  optimizer.dispose();
});
