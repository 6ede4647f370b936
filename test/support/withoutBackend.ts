// A program that imports no backend, or one that it does not wait for ('wasm' as its argument). Prints
// what each call says. Run by test/core/checks/checkBackend.test.ts in a process of its own.
import '@tensorflow/tfjs-layers';
import * as tf from '@tensorflow/tfjs-core';

import {asDataset} from '../../src/core/asDataset';
import {arrayDataset} from '../../src/data/arrayDataset';
import {decodedDataset} from '../../src/data/decodedDataset';
import {registerGradientKernels} from '../../src/kernels/registerGradientKernels';
import {evaluateRobustness} from '../../src/metrics/evaluateRobustness';
import {resnet18} from '../../src/models/resnet18';
import {smallConvNet} from '../../src/models/smallConvNet';

if (process.argv[2] === 'wasm') await import('@tensorflow/tfjs-backend-wasm');

const x = [
  [0, 3],
  [2, 0],
];
const model = (rows: tf.Tensor2D) => tf.clone(rows);
const pixel = {shape: [1, 1, 1], labels: Int32Array.of(0), numClasses: 1} as const;

const CALLS: Readonly<Record<string, () => unknown>> = {
  arrayDataset: () => arrayDataset(Uint8Array.of(1), [0], {shape: [1, 1, 1]}).batch([0]),
  decodedDataset: () =>
    decodedDataset({...pixel, cacheBytes: 0, load: () => Promise.resolve(Uint8Array.of(1))}).batch([
      0,
    ]),
  asDataset: async () => (await asDataset<tf.Tensor2D>({x, labels: [1, 0]})).batch([0]),
  smallConvNet: () => smallConvNet({inputShape: [8, 8, 1], numClasses: 2}),
  resnet18: () => resnet18({width: 1}),
  evaluateRobustness: async () => {
    const report = await evaluateRobustness<tf.Tensor2D>(model, x, [1, 0]);
    return {accuracy: report.clean.accuracy};
  },
  registerGradientKernels: async () => {
    (await registerGradientKernels())();
  },
};

const found: Record<string, unknown> = {};
for (const [name, call] of Object.entries(CALLS)) {
  try {
    const value = await call();
    found[name] = name === 'evaluateRobustness' ? value : 'works';
  } catch (error) {
    found[name] = error instanceof Error ? `${error.name}: ${error.message}` : typeof error;
  }
}
console.log(JSON.stringify(found));
