/**
 * A query of Square where only what its window reaches is computed, in parts of the time of a whole pass:
 * windows of the sizes that 5,000 queries have, at random places, passes of each kind in turn.
 *
 *   npm run bench windows
 *
 * BATCH is how many images there are, 100 by default; BENCH_NETWORKS chooses networks by parts of their names,
 * between commas. On Node 20 it runs with its flag for relaxed SIMD.
 */
import {loadavg} from 'node:os';

import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import type * as layers from '@tensorflow/tfjs-layers';

import {windowFraction, windowSide} from '../../src/attacks/square/schedule';
import {asClassifier} from '../../src/core/classifier';
import {computedOn} from '../../src/core/computedOn';
import {imageSeries} from '../../src/core/layers/imageSeries';
import {createRng} from '../../src/core/rng';
import {registerGradientKernels} from '../../src/kernels/registerGradientKernels';
import {freezeWeights} from '../../src/math/freezeWeights';
import {logitsAt} from '../../src/math/logitsAt';
import {row} from './judge';
import {resnet18, smallNetwork, strided4} from './networks';

const BATCH = Number(process.env['BATCH'] ?? 100);
const WANTED = (process.env['BENCH_NETWORKS'] ?? '').split(',');
const QUERIES = 5000;
const ROUNDS = 5;
/** Passes that are recorded after the twentieth. */
const WARM = 24;
const SCHEDULE = {queries: QUERIES, pInit: 0.8, rescaleSchedule: false};

const NETWORKS: Readonly<Record<string, () => layers.LayersModel>> = {
  'three 3x3, stride 2': () => smallNetwork('stride'),
  'two 4x4, stride 2': strided4,
  'two 3x3, max pooling': () => smallNetwork('pool'),
  'ResNet-18, 16 channels': () => resnet18(16),
};

/** How many queries have windows of each side. */
function sidesOf(height: number, width: number): Map<number, number> {
  const counts = new Map<number, number>();
  for (let query = 0; query < QUERIES; query++) {
    const side = windowSide(windowFraction(query, SCHEDULE), 'linf', height, width);
    counts.set(side, (counts.get(side) ?? 0) + 1);
  }
  return counts;
}

function measure(name: string, model: layers.LayersModel): void {
  const [, height = 0, width = 0, channels = 0] = (model.inputs[0] as layers.SymbolicTensor)
    .shape as number[];
  const rng = createRng(1);
  const images = tf.randomUniform<tf.Rank.R4>([BATCH, height, width, channels], 0, 1, 'float32', 1);
  const frozen = freezeWeights(asClassifier<tf.Tensor4D>(model));
  const series = imageSeries();
  const pass = (side?: number): number => {
    const x = tf.clone(images);
    if (side !== undefined) {
      const [top, left] = [height, width].map((n) => Math.floor((n - side) * rng.uniform()));
      const place = {top: top ?? 0, left: left ?? 0, height: side, width: side};
      series.announce(x, place, () => tf.clone(images));
    }
    const started = performance.now();
    const logits = logitsAt('bench', frozen.classify, x);
    logits.dataSync();
    const elapsed = performance.now() - started;
    tf.dispose([logits, x]);
    return elapsed;
  };
  for (let i = 0; i < WARM; i++) pass();
  const count = Math.max(8, Math.round(400 / pass()));
  let sum = 0;
  const shown: string[] = [];
  for (const [side, queries] of sidesOf(height, width)) {
    pass(side); // prepares
    let [whole, part] = [Infinity, Infinity];
    for (let round = 0; round < ROUNDS; round++) {
      const mean = (own?: number) =>
        Array.from({length: count}, () => pass(own)).reduce((a, b) => a + b) / count;
      whole = Math.min(whole, mean());
      // The first one makes anew what whole passes in between have passed by.
      pass(side);
      part = Math.min(part, mean(side));
    }
    sum += (queries * part) / whole;
    shown.push(`${side}: ${(part / whole).toFixed(2)}`);
  }
  row([name, (sum / QUERIES).toFixed(2), shown.join(', ')]);
  series.forget();
  frozen.dispose();
  images.dispose();
  model.dispose();
}

await tf.setBackend('wasm');
await registerGradientKernels();
console.log(`${computedOn()}, Node ${process.version}, load ${loadavg()[0]?.toFixed(1)}`);
row(['', 'mean', 'of a whole pass, by the side of the window']);
for (const [name, make] of Object.entries(NETWORKS)) {
  if (WANTED.some((part) => name.includes(part))) measure(name, make());
}
