/*
 * WebGPU with default options: nothing may read from the device at once, and every result is that of
 * cpu.
 */
import * as tf from '@tensorflow/tfjs-core';
import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest';

import {autoAttack} from '../../src/attacks/autoAttack/autoAttack';
import {fgsmAttack} from '../../src/attacks/fgsmAttack';
import {pgdAttack, pgdAttackAsync} from '../../src/attacks/pgdAttack';
import {createRng} from '../../src/core/rng';
import {naturalTraining} from '../../src/methods/naturalTraining';
import {pgdTraining} from '../../src/methods/pgdTraining';
import {evaluateRobustness} from '../../src/metrics/evaluateRobustness';
import {sgd} from '../../src/optimizers/sgd';
import {trainStep} from '../../src/training/trainStep';
import {tinyConvNet} from '../support/models';
import {expectClose} from '../support/tensors';

const values = Float32Array.from({length: 4 * 64}, (_, i) => 0.5 + 0.4 * Math.sin(i * i));
const inputs = () => ({
  x: tf.tensor4d(values, [4, 8, 8, 1]),
  labels: tf.tensor1d([0, 1, 2, 0], 'int32'),
});

async function read(tensor: tf.Tensor): Promise<Float32Array> {
  const read = await tensor.data<'float32'>();
  tensor.dispose();
  return read;
}

type Model = ReturnType<typeof tinyConvNet>;
type Inputs = ReturnType<typeof inputs>;

const RUNS: Record<string, (model: Model, {x, labels}: Inputs) => Promise<ArrayLike<number>>> = {
  fgsmAttack: (model, {x, labels}) => read(fgsmAttack(model, x, labels)),
  pgdAttack: (model, {x, labels}) => read(pgdAttack(model, x, labels)),
  pgdAttackAsync: async (model, {x, labels}) => read(await pgdAttackAsync(model, x, labels)),
  'pgdAttack with a mask and an epsilon by feature': (model, {x, labels}) => {
    const mask = tf.tensor3d(
      Array.from({length: 64}, (_, i) => i % 2),
      [8, 8, 1],
    );
    const epsilon = tf.tidy(() => tf.mul(mask, 0.1));
    const clip = [tf.scalar(0), tf.scalar(1)] as const;
    const found = pgdAttack(model, x, labels, {epsilon, mask, clip});
    return read(found).finally(() => {
      tf.dispose([mask, epsilon, ...clip]);
    });
  },
  evaluateRobustness: async (model, {x, labels}) => {
    const {clean, attacks} = await evaluateRobustness(
      model,
      {x, labels},
      {attacks: {pgd: pgdAttack}, predictions: true},
    );
    return [clean.accuracy, attacks.pgd.accuracy, ...(clean.predictions ?? [])];
  },
  autoAttack: async (model, {x, labels}) => {
    const report = await autoAttack(model, x, labels, {
      ...{epsilon: 0.02, rng: createRng(1), steps: 3, queries: 5},
    });
    return [report.cleanAccuracy, report.robustAccuracy];
  },
  'a training step': async (model, {x, labels}) => {
    const optimizer = sgd({learningRate: 0.1});
    const loss = await trainStep(model, naturalTraining(), {x, labels}, optimizer);
    optimizer.dispose();
    return read(loss);
  },
  'an adversarial training step': async (model, {x, labels}) => {
    const optimizer = sgd({learningRate: 0.1});
    const loss = await trainStep(model, pgdTraining(), {x, labels}, optimizer, {rng: createRng(1)});
    optimizer.dispose();
    return read(loss);
  },
};

describe('WebGPU with default options', () => {
  let reads = 0;
  beforeEach(() => {
    reads = 0;
    const prototype = tf.Tensor.prototype as tf.Tensor;
    const {dataSync} = prototype;
    vi.spyOn(prototype, 'dataSync').mockImplementation(function (this: tf.Tensor) {
      if (tf.getBackend() === 'webgpu') reads++;
      return dataSync.call(this) as never;
    });
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await tf.setBackend('cpu');
  });

  it('a read at once would be seen', async () => {
    expect(await tf.setBackend('webgpu')).toBe(true);
    const one = tf.scalar(1);
    one.dataSync();
    one.dispose();
    expect(reads).toBe(1);
  });

  it.each(Object.entries(RUNS))(
    '%s gives what cpu gives, and reads nothing at once',
    async (_, run) => {
      await tf.setBackend('cpu');
      const onCpu = tinyConvNet();
      const given = inputs();
      const expected = await run(onCpu, given);
      tf.dispose(Object.values(given));
      onCpu.dispose();
      expect(await tf.setBackend('webgpu')).toBe(true);
      const model = tinyConvNet();
      const own = inputs();
      const found = await run(model, own);
      expect(reads).toBe(0);
      tf.dispose(Object.values(own));
      model.dispose();
      expectClose(found, Array.from(expected), 1e-4);
    },
  );
});
