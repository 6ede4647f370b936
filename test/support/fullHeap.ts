/** Runs an attack whose pass does not fit into what is left of wasm's memory, in a process of its own. */
import '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-layers';

import * as tf from '@tensorflow/tfjs-core';

import {createRng, isOutOfMemoryError, pgdAttack} from '../../src/index';
import {withGradientKernels} from '../../src/kernels/withGradientKernels';
import {resnet18} from '../../src/models/resnet18';

await tf.setBackend('wasm');
const model = resnet18({width: 8});
const x = tf.zeros<tf.Rank.R4>([64, 32, 32, 3]);
const labels = tf.zeros<tf.Rank.R1>([64], 'int32');
const {wasm} = tf.backend() as unknown as {wasm: {_malloc: (bytes: number) => number}};
// Addresses only: nothing is written, and the system keeps its memory.
for (let bytes = 2 ** 28; bytes >= 2 ** 24; bytes /= 2) while (wasm._malloc(bytes) !== 0);
// An error of the program is its own, even now.
const own = new RangeError('of the program');
try {
  withGradientKernels(() => {
    throw own;
  });
} catch (error) {
  if (error !== own) throw error;
}
try {
  pgdAttack(model, x, labels, {epsilon: 0.03, steps: 2, rng: createRng(1)});
} catch (error) {
  if (!isOutOfMemoryError(error)) throw error;
  const {name, message, backend, heapBytes, cause} = error;
  process.send?.({name, message, backend, heapBytes, cause: String(cause)});
}
