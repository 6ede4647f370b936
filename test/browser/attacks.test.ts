import * as tf from '@tensorflow/tfjs-core';
import {afterEach, describe, expect, it} from 'vitest';

import {fgsmAttack} from '../../src/attacks/fgsmAttack';
import {pgdAttack} from '../../src/attacks/pgdAttack';
import type {Model} from '../../src/core/classifier';
import {createRng} from '../../src/core/rng';
import {registerGradientKernels} from '../../src/kernels/registerGradientKernels';
import {naturalTraining} from '../../src/methods/naturalTraining';
import {sgd} from '../../src/optimizers/sgd';
import {trainStep} from '../../src/training/trainStep';
import {bitsOf} from '../support/trainings';
import {linearModel, seeded, tinyConvNet} from '../support/models';
import {expectClose, int} from '../support/tensors';

const BACKENDS = ['webgl', 'webgpu', 'wasm'];

/** Runs `body` on cpu, then on another backend, with the tensors of each its own. */
async function onBoth(
  backend: string,
  body: () => Promise<ArrayLike<number>>,
): Promise<[actual: ArrayLike<number>, expected: ArrayLike<number>]> {
  await tf.setBackend('cpu');
  const expected = await body();
  expect(await tf.setBackend(backend)).toBe(true);
  const undo = await registerGradientKernels();
  const before = tf.memory().numTensors;
  const actual = await body();
  expect(tf.memory().numTensors).toBe(before);
  undo();
  return [actual, expected];
}

/** The values of a tensor, which is disposed. */
async function read(tensor: tf.Tensor): Promise<Float32Array> {
  const values = await tensor.data<'float32'>();
  tensor.dispose();
  return values;
}

async function attackBoth<I extends tf.Tensor>(
  model: Model<I>,
  shape: number[],
  norm: 'linf' | 'l2',
): Promise<Float32Array> {
  const x = tf.tidy(() => tf.add(tf.mul(seeded(shape as [number], 3), 0.3), 0.5)) as unknown as I;
  const labels = int([0, 1, 2]);
  const settings = {norm, epsilon: 0.1, checkValues: false};
  const pgd = await read(
    pgdAttack(model, x, labels, {...settings, steps: 3, stepSize: 0.05, rng: createRng(1)}),
  );
  const fgsm = await read(fgsmAttack(model, x, labels, settings));
  tf.dispose([x, labels]);
  return Float32Array.from([...pgd, ...fgsm]);
}

afterEach(async () => {
  await tf.setBackend('cpu');
});

describe.each(BACKENDS)('on %s', (backend) => {
  it('attacks a linear model as on cpu', async () => {
    const model = linearModel(
      [
        [1, -2, 0.5, 0.2],
        [0.3, 1, -1, 0.1],
        [-1, 0.4, 0.7, -0.6],
      ],
      [0.1, 0, -0.1],
    );
    for (const norm of ['linf', 'l2'] as const) {
      expectClose(...(await onBoth(backend, () => attackBoth(model, [3, 4], norm))));
    }
  });

  it('attacks a convolutional net as on cpu', async () => {
    const attack = async () => {
      const model = tinyConvNet();
      try {
        return await attackBoth(model, [3, 8, 8, 1], 'l2');
      } finally {
        model.dispose();
      }
    };
    expectClose(...(await onBoth(backend, attack)));
  });

  it('trains a convolutional net as on cpu', async () => {
    const train = async () => {
      const model = tinyConvNet();
      const batch = {x: seeded<tf.Rank.R4>([4, 8, 8, 1], 5), labels: int([0, 1, 2, 0])};
      const optimizer = sgd({learningRate: 0.1, momentum: 0.9});
      try {
        for (let step = 1; step <= 2; step++) {
          (await trainStep(model, naturalTraining(), batch, optimizer, {step})).dispose();
        }
        return (await bitsOf(model)).flat();
      } finally {
        tf.dispose(batch);
        optimizer.dispose();
        model.dispose();
      }
    };
    expectClose(...(await onBoth(backend, train)));
  });
});
