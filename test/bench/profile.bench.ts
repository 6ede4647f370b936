/**
 * Where an attack step of ResNet-18 spends its time on wasm (width 16, batch 32, one thread, SIMD
 * kernels registered): self time by function over 60 steps, by V8's own profiler. WebAssembly
 * functions have numbers for names; those of the larger module are tfjs's, others this library's.
 *
 *   npm run bench profile
 */
import {Session, type Profiler} from 'node:inspector';

import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';

import {asClassifier} from '../../src/core/classifier';
import {registerGradientKernels} from '../../src/kernels/registerGradientKernels';
import {crossEntropy} from '../../src/losses/crossEntropy';
import {freezeWeights} from '../../src/math/freezeWeights';
import {inputGradient} from '../../src/math/inputGradient';
import {row} from './judge';
import {resnet18} from './networks';

const STEPS = 60;

await tf.setBackend('wasm');
await registerGradientKernels();
const {classify} = freezeWeights(asClassifier(resnet18(16)));
const x = tf.randomUniform<tf.Rank.R4>([32, 32, 32, 3], 0, 1, 'float32', 1);
const labels = tf.randomUniform<tf.Rank.R1>([32], 0, 10, 'int32', 2);
const steps = (count: number) => {
  for (let i = 0; i < count; i++) tf.dispose({...inputGradient(classify, x, labels, crossEntropy)});
};
steps(5);

const session = new Session();
session.connect();
session.post('Profiler.enable');
session.post('Profiler.start');
steps(STEPS);
session.post('Profiler.stop', (error, {profile}: {profile: Profiler.Profile}) => {
  if (error) throw error;
  const {nodes, samples = [], timeDeltas = []} = profile;
  const names = new Map(
    nodes.map(({id, callFrame: {functionName, url}}) => {
      const isWasm = url.startsWith('wasm');
      return [id, isWasm ? `${functionName} of ${url.slice(7, 15)}` : 'JavaScript'] as const;
    }),
  );
  const times = new Map<string, number>();
  samples.forEach((id, i) => {
    const name = names.get(id) ?? 'unknown';
    times.set(name, (times.get(name) ?? 0) + (timeDeltas[i] ?? 0));
  });
  const total = [...times.values()].reduce((sum, time) => sum + time, 0);
  console.log(`${(total / 1000 / STEPS).toFixed(1)} ms a step`);
  for (const [name, time] of [...times].sort(([, a], [, b]) => b - a).slice(0, 12)) {
    row([name, `${((100 * time) / total).toFixed(1)} %`]);
  }
});
