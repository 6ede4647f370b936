// Starts threads as a user would, and says what it finds; there is no process.exit.
import '@tensorflow/tfjs-backend-cpu';

import {getThreadsCount} from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import os from 'node:os';

import {asClassifier} from '../../src/core/classifier';
import {registerGradientKernels} from '../../src/kernels/registerGradientKernels';
import {productsOn} from '../../src/kernels/wasm/instance';
import {crossEntropy} from '../../src/losses/crossEntropy';
import {inputGradient} from '../../src/math/inputGradient';
import {startWasmThreads} from '../../src/node/startWasmThreads';

const threads = Number(process.argv[2]);
const [, overlapping, other] = await Promise.allSettled([
  startWasmThreads(threads),
  startWasmThreads(threads),
  startWasmThreads(3 - threads),
]);
await registerGradientKernels();
const again = await startWasmThreads(threads).catch((error: unknown) => (error as Error).name);

const model = layers.sequential({
  layers: [
    layers.layers.conv2d({inputShape: [12, 12, 3], filters: 8, kernelSize: 3}),
    layers.layers.maxPooling2d({poolSize: 2}),
    layers.layers.flatten(),
    layers.layers.dense({units: 4}),
  ],
});
const x = tf.randomUniform<tf.Rank.R4>([4, 12, 12, 3], 0, 1, 'float32', 5);
const labels = tf.tensor1d([0, 1, 2, 3], 'int32');
const gradient = () =>
  inputGradient(asClassifier<tf.Tensor4D>(model), x, labels, crossEntropy).gradient.dataSync();
const shared = productsOn(tf.backend())?.heap.shared;
const found = gradient();
await tf.setBackend('cpu');
const expected = gradient();
const result = {
  ...{backend: 'wasm', threads: getThreadsCount(), shared, again},
  ...{overlapping: overlapping.status, other: String((other as PromiseRejectedResult).reason)},
  ...{hasWorker: 'Worker' in globalThis, cpus: os.cpus().length},
  gradientAgrees: expected.every((value, i) => Math.abs(value - (found[i] as number)) < 1e-5),
};
console.log(JSON.stringify(result));
