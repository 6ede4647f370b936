import {getThreadsCount} from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import {expect, it} from 'vitest';

import {pgdAttack} from '../../src/attacks/pgdAttack';
import {productsOn} from '../../src/kernels/wasm/instance';
import {registerGradientKernels} from '../../src/kernels/registerGradientKernels';
import {seeded, tinyConvNet} from '../support/models';
import {expectClose, int} from '../support/tensors';

it('wasm has threads in an isolated page, and the SIMD kernels work on its shared memory', async () => {
  expect(crossOriginIsolated).toBe(true);
  const attack = async () => {
    const model = tinyConvNet({seed: 2});
    const x = tf.tidy(() => tf.add<tf.Tensor4D>(tf.mul(seeded([3, 8, 8, 1], 3), 0.3), 0.5));
    const labels = int([0, 1, 2]);
    const settings = {epsilon: 0.1, steps: 3, stepSize: 0.05, checkValues: false};
    const adversarial = pgdAttack(model, x, labels, settings);
    const values = await adversarial.data<'float32'>();
    tf.dispose([x, labels, adversarial]);
    model.dispose();
    return values;
  };
  await tf.setBackend('cpu');
  const expected = await attack();
  expect(await tf.setBackend('wasm')).toBe(true);
  const undo = await registerGradientKernels();
  try {
    expect(getThreadsCount()).toBe(2);
    expect(productsOn(tf.backend())?.heap.shared).toBe(true);
    expectClose(tf.tensor1d(await attack()), [...expected], 1e-5);
  } finally {
    undo();
    await tf.setBackend('cpu');
  }
});
