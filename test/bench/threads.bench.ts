/**
 * What threads of the wasm backend are worth in Node (`startWasmThreads`): ResNet-18 of full width,
 * batch 32, a forward pass and an attack step with 1, 2, 4 and 8 threads, as many as there are
 * processors. The backend starts once in a process: each count has a process of its own, which
 * starts when the one before has ended. Minima of wall-clock time; keep the machine quiet.
 *
 *   npm run bench threads
 */
import {spawnSync} from 'node:child_process';
import os from 'node:os';
import {fileURLToPath} from 'node:url';

import * as tf from '@tensorflow/tfjs-core';

import {asClassifier} from '../../src/core/classifier';
import {registerGradientKernels} from '../../src/kernels/registerGradientKernels';
import {crossEntropy} from '../../src/losses/crossEntropy';
import {freezeWeights} from '../../src/math/freezeWeights';
import {inputGradient} from '../../src/math/inputGradient';
import {startWasmThreads} from '../../src/node/startWasmThreads';
import {resnet18} from './networks';

const BATCH = 32;
const ROUNDS = 5;

function fastest(run: () => tf.TensorContainer): number {
  let least = Infinity;
  for (let round = 0; round <= ROUNDS; round++) {
    const start = performance.now();
    tf.dispose(run());
    if (round > 0) least = Math.min(least, performance.now() - start);
  }
  return least;
}

async function measure(threads: number): Promise<void> {
  await startWasmThreads(threads);
  await registerGradientKernels();
  const model = resnet18(64);
  const {classify} = freezeWeights(asClassifier(model));
  const x = tf.randomUniform<tf.Rank.R4>([BATCH, 32, 32, 3], 0, 1, 'float32', 1);
  const labels = tf.randomUniform<tf.Rank.R1>([BATCH], 0, 10, 'int32', 2);
  const forward = fastest(() => tf.tidy(() => classify(x)));
  const step = fastest(() => ({...inputGradient(classify, x, labels, crossEntropy)}));
  const cells = [`${threads}`, `${forward.toFixed(0)} ms`, `${step.toFixed(0)} ms`];
  console.log(cells.map((cell) => cell.padStart(12)).join(''));
}

const given = process.env['THREADS'];
if (given === undefined) {
  console.log(`${os.cpus()[0]?.model ?? 'unknown'}, load ${os.loadavg()[0]?.toFixed(1)}`);
  console.log(['threads', 'forward', 'attack step'].map((cell) => cell.padStart(12)).join(''));
  for (const threads of [1, 2, 4, 8].filter((count) => count <= os.cpus().length)) {
    const program = [...process.execArgv, fileURLToPath(import.meta.url)];
    const env = {...process.env, THREADS: `${threads}`};
    const {status} = spawnSync(process.execPath, program, {stdio: 'inherit', env});
    if (status !== 0) process.exitCode = 1;
  }
} else {
  await measure(Number(given));
}
