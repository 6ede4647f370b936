import {getThreadsCount} from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import {expect, it} from 'vitest';

import {pgdAttack} from '../../src/attacks/pgdAttack';
import {productsOn} from '../../src/kernels/wasm/instance';
import {threadsOn} from '../../src/kernels/wasm/threads';
import {registerGradientKernels} from '../../src/kernels/registerGradientKernels';
import {seeded, tinyConvNet} from '../support/models';
import {expectClose, int} from '../support/tensors';

it('the SIMD kernels run on them, with the digits of one', async () => {
  await tf.setBackend('wasm');
  const undo = await registerGradientKernels();
  const backend = tf.backend();
  const threads = threadsOn.get(backend);
  expect(threads?.count).toBe(2);
  const [x, filter] = [seeded([16, 32, 32, 16], 1), seeded([3, 3, 16, 32], 2)];
  const compute = () => {
    const y = tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same');
    const values = y.dataSync();
    y.dispose();
    return Array.from(values);
  };
  let ran = 0;
  try {
    threadsOn.delete(backend);
    const one = compute();
    threadsOn.set(backend, {
      ...threads!,
      run(code, args) {
        const isDone = threads!.run(code, args);
        if (isDone) ran++;
        return isDone;
      },
    });
    // They have to load the code first.
    await expect.poll(() => compute() && ran).toBeGreaterThan(0);
    expect(compute()).toEqual(one);
    expect(ran).toBeGreaterThan(1);
  } finally {
    tf.dispose([x, filter]);
    undo();
    expect(threadsOn.has(backend)).toBe(false);
    await tf.setBackend('cpu');
  }
});

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
