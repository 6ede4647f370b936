/**
 * What threads of the wasm backend are worth in Node (`startWasmThreads`): ResNet-18 of full width,
 * batch 32, a forward pass and an attack step with 1, 2, 4 and 8 threads, as many as there are
 * processors. The backend starts once in a process: each count has a process of its own, which
 * starts when the one before has ended. Minima of wall-clock time, for which the machine has to be quiet; and
 * on Linux of the CPU time of the busiest thread, which is what the wall clock would show if it were.
 *
 *   npm run bench threads
 *   BATCH=8 npm run bench threads
 */
import {spawnSync} from 'node:child_process';
import {readdirSync, readFileSync} from 'node:fs';
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

const BATCH = Number(process.env['BATCH'] ?? 32);
const ROUNDS = 5;
// Linux counts a thread's time in ticks of some milliseconds.
const CALLS = 3;

const TASKS = '/proc/self/task';

/** Milliseconds of CPU time of each thread so far; none where the system does not tell. */
function threadTimes(): Map<string, number> {
  if (process.platform !== 'linux') return new Map();
  return new Map(
    readdirSync(TASKS).map((id) => {
      const [nanoseconds] = readFileSync(`${TASKS}/${id}/schedstat`, 'utf8').split(' ');
      return [id, Number(nanoseconds) / 1e6];
    }),
  );
}

interface Times {
  /** Milliseconds by the clock. */
  readonly wall: number;
  /** Milliseconds of CPU time of the busiest thread. */
  readonly busiest: number;
}

function fastest(run: () => tf.TensorContainer): Times {
  let [wall, busiest] = [Infinity, Infinity];
  for (let round = 0; round <= ROUNDS; round++) {
    const [start, before] = [performance.now(), threadTimes()];
    for (let call = 0; call < CALLS; call++) tf.dispose(run());
    if (round === 0) continue;
    wall = Math.min(wall, (performance.now() - start) / CALLS);
    const spent = [...threadTimes()].map(([id, time]) => time - (before.get(id) ?? 0));
    busiest = Math.min(busiest, Math.max(...spent) / CALLS);
  }
  return {wall, busiest};
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
  const cells = [forward, step].flatMap(({wall, busiest}) => [
    ...[`${wall.toFixed(0)} ms`, `${busiest.toFixed(0)} ms`],
  ]);
  cells.unshift(`${threads}`);
  console.log(cells.map((cell) => cell.padStart(12)).join(''));
}

const HEADER = ['threads', 'forward', 'busiest', 'attack step', 'busiest'];
const given = process.env['THREADS'];
if (given === undefined) {
  console.log(`${os.cpus()[0]?.model ?? 'unknown'}, load ${os.loadavg()[0]?.toFixed(1)}`);
  console.log(HEADER.map((cell) => cell.padStart(12)).join(''));
  for (const threads of [1, 2, 4, 8].filter((count) => count <= os.cpus().length)) {
    const program = [...process.execArgv, fileURLToPath(import.meta.url)];
    const env = {...process.env, THREADS: `${threads}`};
    const {status} = spawnSync(process.execPath, program, {stdio: 'inherit', env});
    if (status !== 0) process.exitCode = 1;
  }
} else {
  await measure(Number(given));
}
