// One point of "npm run bench:growth", in a process of its own: growthStep.ts KIND AT quick|full
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import {evaluateShard, mergeShards, pgdAttack} from 'lt-robust';
import {kernelsInUse, registerGradientKernels} from 'lt-robust/kernels';
import {resnet18} from 'lt-robust/models';
import {evaluateInPool, startWasmThreads} from 'lt-robust/node';

import {evaluationOf} from './growthEvaluation';

const [kind = '', given, scale] = process.argv.slice(2);
const at = Number(given);
const isQuick = scale === 'quick';
tf.enableProdMode();

const now = (): number => performance.now();

/** Least milliseconds for an image in a step of PGD. */
function attackStep(batch: number, width: number, numClasses: number): number {
  const model = resnet18({numClasses, width, seed: 1});
  const x = tf.randomUniform<tf.Rank.R4>([batch, 32, 32, 3], 0, 1, 'float32', 1);
  const labels = tf.range(0, batch, 1, 'int32');
  const classes = tf.mod<tf.Tensor1D>(labels, tf.scalar(numClasses, 'int32'));
  const steps = 2;
  let least = Infinity;
  for (let round = 0; round <= (isQuick ? 1 : 4); round++) {
    const start = now();
    const settings = {epsilon: 8 / 255, steps, checkValues: false};
    pgdAttack(model, x, classes, settings).dispose();
    if (round > 0) least = Math.min(least, (now() - start) / (steps * batch));
  }
  return least;
}

/** Of two sizes of an evaluation: what an image takes more, and what starting takes. */
async function pool(workers: number): Promise<{ms: number; startMs: number}> {
  const sizes = isQuick ? ([32, 64] as const) : ([128, 512] as const);
  const times = [];
  for (const images of sizes) {
    const start = now();
    const module = new URL('growthEvaluation.ts', import.meta.url);
    await evaluateInPool(module, {
      workers,
      shards: images / 16,
      task: {images},
      exportName: 'noise',
    });
    times.push(now() - start);
  }
  const [few = NaN, many = NaN] = times;
  const ms = (many - few) / (sizes[1] - sizes[0]);
  return {ms, startMs: few - ms * sizes[0]};
}

async function shards(of: number): Promise<number> {
  const images = isQuick ? 32 : 256;
  const {model, data, options} = evaluationOf(images);
  let least = Infinity;
  for (let round = 0; round < 2; round++) {
    const start = now();
    const parts = [];
    for (let part = 1; part <= of; part++) {
      parts.push(await evaluateShard(model, data, {part, of}, options));
    }
    await mergeShards(parts);
    least = Math.min(least, (now() - start) / images);
  }
  return least;
}

if (kind === 'threads') await startWasmThreads(at);
else await tf.setBackend('wasm');
await registerGradientKernels();
const kernels = kernelsInUse();

const measured = {
  batch: () => ({ms: attackStep(at, 16, 10)}),
  width: () => ({ms: attackStep(isQuick ? 4 : 16, at, 10)}),
  classes: () => ({ms: attackStep(isQuick ? 4 : 32, 16, at)}),
  threads: () => ({ms: attackStep(isQuick ? 4 : 16, isQuick ? 16 : 64, 10)}),
  workers: () => pool(at),
  shards: async () => ({ms: await shards(at)}),
}[kind];
if (measured === undefined) throw new Error(`There is no "${kind}".`);
console.log(JSON.stringify({...(await measured()), kernels}));
