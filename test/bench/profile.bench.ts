/**
 * Where an attack step and a training step of ResNet-18 spend their time on wasm (width 16, one thread, SIMD
 * kernels registered): self time by function, by V8's own profiler, and of JavaScript by the package that it
 * belongs to. WebAssembly functions have numbers for names; those of the larger module are tfjs's, others
 * this library's.
 *
 *   npm run bench profile
 *   BATCH=128 npm run bench profile
 */
import {Session, type Profiler} from 'node:inspector';

import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';

import {asClassifier} from '../../src/core/classifier';
import {registerGradientKernels} from '../../src/kernels/registerGradientKernels';
import {withGradientKernels} from '../../src/kernels/withGradientKernels';
import {crossEntropy} from '../../src/losses/crossEntropy';
import {freezeWeights} from '../../src/math/freezeWeights';
import {inputGradient} from '../../src/math/inputGradient';
import {sgd} from '../../src/optimizers/sgd';
import {row} from './judge';
import {resnet18} from './networks';

const STEPS = 60;
const BATCH = Number(process.env['BATCH'] ?? 32);
const LINES = 12;

await tf.setBackend('wasm');
await registerGradientKernels();
const model = resnet18(16);
const {classify} = freezeWeights(asClassifier(model));
const x = tf.randomUniform<tf.Rank.R4>([BATCH, 32, 32, 3], 0, 1, 'float32', 1);
const labels = tf.randomUniform<tf.Rank.R1>([BATCH], 0, 10, 'int32', 2);
const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
const optimizer = sgd({learningRate: 0.01, momentum: 0.9, weightDecay: 5e-4});
const loss = () =>
  tf.mean<tf.Scalar>(crossEntropy(model.apply(x, {training: true}) as tf.Tensor2D, labels));
const STEP: Readonly<Record<string, () => void>> = {
  'attack step': () => tf.dispose({...inputGradient(classify, x, labels, crossEntropy)}),
  'training step': () =>
    tf.tidy(() =>
      withGradientKernels(() => {
        optimizer.applyGradients(tf.variableGrads(loss, variables).grads);
      }),
    ),
};

/** Whose code runs: a package of tfjs, this library, or the engine itself. */
function ownerOf(url: string, functionName: string): string {
  const [, tfjs] = /@tensorflow\/(tfjs-[a-z-]+)/.exec(url) ?? [];
  if (tfjs !== undefined) return tfjs;
  if (url.includes('/src/')) return 'lt-robust';
  return functionName === '(garbage collector)' ? 'garbage collector' : 'engine and others';
}

function report(what: string, {nodes, samples = [], timeDeltas = []}: Profiler.Profile): void {
  const names = new Map(
    nodes.map(({id, callFrame: {functionName, url}}) => {
      const isWasm = url.startsWith('wasm');
      const owner = `JavaScript: ${ownerOf(url, functionName)}`;
      return [id, isWasm ? `${functionName} of ${url.slice(7, 15)}` : owner] as const;
    }),
  );
  const times = new Map<string, number>();
  samples.forEach((id, i) => {
    const name = names.get(id) ?? 'unknown';
    times.set(name, (times.get(name) ?? 0) + (timeDeltas[i] ?? 0));
  });
  const total = [...times.values()].reduce((sum, time) => sum + time, 0);
  console.log(`\n${what}, batch ${BATCH}: ${(total / 1000 / STEPS).toFixed(1)} ms`);
  const sorted = [...times].sort(([, a], [, b]) => b - a);
  const shown = sorted.filter(([name], i) => i < LINES || name.startsWith('JavaScript'));
  for (const [name, time] of shown) row([name, `${((100 * time) / total).toFixed(1)} %`]);
}

const session = new Session();
session.connect();
session.post('Profiler.enable');
for (const [what, step] of Object.entries(STEP)) {
  for (let i = 0; i < 5; i++) step();
  session.post('Profiler.start');
  for (let i = 0; i < STEPS; i++) step();
  session.post('Profiler.stop', (error, {profile}: {profile: Profiler.Profile}) => {
    if (error) throw error;
    report(what, profile);
  });
}
