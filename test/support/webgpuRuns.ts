/*
 * Runs with default options whose results on WebGPU are compared with cpu's: in Chromium
 * (test/browser) and in Node (test/node).
 */
import * as tf from '@tensorflow/tfjs-core';

import {autoAttack} from '../../src/attacks/autoAttack/autoAttack';
import {fgsmAttack} from '../../src/attacks/fgsmAttack';
import {pgdAttack, pgdAttackAsync} from '../../src/attacks/pgdAttack';
import {createRng} from '../../src/core/rng';
import {auditGradients} from '../../src/diagnostics/auditGradients';
import {naturalTraining} from '../../src/methods/naturalTraining';
import {pgdTraining} from '../../src/methods/pgdTraining';
import {evaluateRobustness} from '../../src/metrics/evaluateRobustness';
import {sgd} from '../../src/optimizers/sgd';
import {trainStep} from '../../src/training/trainStep';
import type {tinyConvNet} from './models';

const VALUES = Float32Array.from({length: 4 * 64}, (_, i) => 0.5 + 0.4 * Math.sin(i * i));
/** Images and labels of {@link WEBGPU_RUNS}. */
export const webgpuInputs = () => ({
  x: tf.tensor4d(VALUES, [4, 8, 8, 1]),
  labels: tf.tensor1d([0, 1, 2, 0], 'int32'),
});

async function read(tensor: tf.Tensor): Promise<Float32Array> {
  const read = await tensor.data<'float32'>();
  tensor.dispose();
  return read;
}

type Model = ReturnType<typeof tinyConvNet>;
type Inputs = ReturnType<typeof webgpuInputs>;

/** What has to run with default options, and what it gives. */
export const WEBGPU_RUNS: Record<
  string,
  (model: Model, {x, labels}: Inputs) => Promise<ArrayLike<number>>
> = {
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
  auditGradients: async (model, {x, labels}) => {
    const report = await auditGradients(model, x, labels, {directions: 1});
    return [Number(report.ok), report.ops.length];
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
