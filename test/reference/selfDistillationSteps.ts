/**
 * Weights and running statistics after five steps of `selfDistillationTraining` on a small net with
 * batch norm, on cpu: the numbers of the method as it was before it became two wrappers (commit
 * cb19db2). The test beside it (test/methods/selfDistillationTraining.test.ts) makes them anew.
 *
 * Run: npx tsx test/reference/selfDistillationSteps.ts test/golden/selfDistillation-steps.json
 */
import {writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';

import '@tensorflow/tfjs-backend-cpu';

import * as tf from '@tensorflow/tfjs-core';

import {createRng} from '../../src/core/rng';
import {registerGradientKernels} from '../../src/kernels/registerGradientKernels';
import {
  selfDistillationTraining,
  type DistillationOptions,
} from '../../src/methods/selfDistillationTraining';
import {sgd} from '../../src/optimizers/sgd';
import {trainStep} from '../../src/training/trainStep';
import {bitsOf, cornerDataset, denseNet, quickAttack} from '../support/trainings';

const STEPS = 5;
const COUNTS = [16, 8, 4];

/** Options of each case by its name. */
export const CASES: Readonly<Record<string, DistillationOptions>> = {
  igdm: {kd: 'igdm'},
  'igdm+kl-adv': {kd: 'igdm+kl-adv', alpha: 3, temperature: 2},
  'kl-clean-teacher': {kd: 'kl-clean-teacher', alpha: 2, hardLoss: 'ce'},
  'igdm, beta 0.5, clean pass': {igdmBeta: 0.5, igdmGamma: 2, extraCleanForward: true, tau: 0.5},
};

/** Losses of five steps, and weights and statistics after them. */
export interface Steps {
  readonly losses: readonly number[];
  readonly bits: readonly (readonly number[])[];
}

/** Five steps with one method, seeded. */
export async function selfDistillationSteps(options: DistillationOptions): Promise<Steps> {
  const model = denseNet();
  const teacher = denseNet({seed: 9});
  const dataset = cornerDataset(COUNTS);
  const optimizer = sgd({learningRate: 0.1, momentum: 0.9, weightDecay: 5e-4});
  const method = selfDistillationTraining<tf.Tensor2D>({
    ...{teacher, classCounts: COUNTS, attack: quickAttack},
    ...options,
  });
  const losses: number[] = [];
  for (let step = 1; step <= STEPS; step++) {
    const batch = dataset.batch([step, step + 5, 16 + step, 23 - step, 24 + (step % 4)]);
    const rng = createRng(7).fork(step);
    const loss = await trainStep(model, method, batch, optimizer, {
      ...{epoch: step, epochs: STEPS, step, rng},
    });
    losses.push((await loss.data())[0] as number);
    tf.dispose([loss, batch.x, batch.labels]);
  }
  const bits = await bitsOf(model);
  for (const disposable of [model, teacher, optimizer]) disposable.dispose();
  return {losses, bits};
}

const [, script, file] = process.argv;
if (script === fileURLToPath(import.meta.url) && file !== undefined) {
  await registerGradientKernels();
  await tf.setBackend('cpu');
  const cases: Record<string, Steps> = {};
  for (const [name, options] of Object.entries(CASES)) {
    cases[name] = await selfDistillationSteps(options);
  }
  const fixture = {
    command: 'npx tsx test/reference/selfDistillationSteps.ts ' + file,
    commit: 'cb19db2, before the method became wrappers',
    tfjs: tf.version_core,
    cases,
  };
  writeFileSync(file, JSON.stringify(fixture, null, 1) + '\n');
}
