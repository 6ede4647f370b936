/**
 * The most memory that a training pass and an attack step of ResNet-18 hold on wasm at a time, for an image: what is allocated on
 * the backend's heap, counted at each allocation, stock tfjs beside the gradient kernels of this library.
 * Stock wasm has no gradient of filters; it is stubbed by zeros of its size.
 *
 *   npm run bench memory
 */
import '@tensorflow/tfjs-backend-wasm';

import * as tf from '@tensorflow/tfjs-core';

import {asClassifier} from '../../src/core/classifier';
import {trainingPassOf} from '../../src/core/layers/trainingPass';
import {registerGradientKernels} from '../../src/kernels/registerGradientKernels';
import {crossEntropy} from '../../src/losses/crossEntropy';
import {freezeWeights} from '../../src/math/freezeWeights';
import {inputGradient} from '../../src/math/inputGradient';
import {judge, row} from './judge';
import {resnet18} from './networks';

const BATCH = 32;
/** Of what stock tfjs takes at most. */
const MOST = 0.15;

await tf.setBackend('wasm');

interface Memory {
  _malloc: (bytes: number) => number;
  _free: (address: number) => void;
}

/** Bytes that are allocated while `body` runs, now and at most. */
async function counted(body: (now: () => number) => void): Promise<number> {
  const {wasm} = tf.backend() as unknown as {wasm: Memory};
  wasm._free(wasm._malloc(8)); // which replaces itself at its first call
  const shipped = {_malloc: wasm._malloc, _free: wasm._free};
  const sizes = new Map<number, number>();
  let [now, most] = [0, 0];
  wasm._malloc = (bytes) => {
    const address = shipped._malloc(bytes);
    sizes.set(address, bytes);
    now += bytes;
    most = Math.max(most, now);
    return address;
  };
  wasm._free = (address) => {
    now -= sizes.get(address | 0) ?? sizes.get(address) ?? 0;
    sizes.delete(address | 0);
    shipped._free(address);
  };
  try {
    body(() => now);
  } finally {
    Object.assign(wasm, shipped);
  }
  return most;
}

const model = resnet18(16);
const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
const x = tf.ones<tf.Rank.R4>([BATCH, 32, 32, 3]);
const labels = tf.zeros<tf.Rank.R1>([BATCH], 'int32');

interface Held {
  forward: number;
  most: number;
}

/** Megabytes for an image: after the forward pass, and at most. */
async function memoryOf(logitsOf: (x: tf.Tensor4D) => tf.Tensor2D): Promise<Held> {
  let forward = 0;
  const pass = (now: () => number): void => {
    const {value, grads} = tf.variableGrads(() => {
      const loss = tf.mean<tf.Scalar>(crossEntropy(logitsOf(x), labels));
      forward = now();
      return loss;
    }, variables);
    tf.dispose([value, grads]);
  };
  await counted(pass); // what is made once
  const most = await counted(pass);
  return {forward: forward / BATCH / 1e6, most: most / BATCH / 1e6};
}

const stub = {kernelName: tf.Conv2DBackpropFilter, backendName: 'wasm'};
tf.registerKernel({
  ...stub,
  kernelFunc: ({attrs}) => tf.zeros((attrs as unknown as {filterShape: number[]}).filterShape),
});
const applied = (input: tf.Tensor) => model.apply(input, {training: true}) as tf.Tensor2D;
const training = trainingPassOf<tf.Tensor4D>(model, 'memory.bench');
const stock = await memoryOf(applied);
tf.unregisterKernel(stub.kernelName, stub.backendName);
await registerGradientKernels();
const ours = await memoryOf(applied);
const inTrainStep = await memoryOf((input) => training(input).logits);
const {classify} = freezeWeights(asClassifier<tf.Tensor4D>(model));
const step = (): void => {
  tf.dispose({...inputGradient(classify, x, labels, crossEntropy)});
};
// Batch norms are folded once, and filters transformed once they are met again.
for (let i = 0; i < 2; i++) await counted(step);
const attack = (await counted(step)) / BATCH / 1e6;
const shown = (value: number): string => value.toFixed(2);
row(['MB for an image of a training pass', 'after the forward pass', 'at most']);
row(['  stock tfjs', shown(stock.forward), shown(stock.most)]);
row(['  with our kernels', shown(ours.forward), shown(ours.most)]);
row(['  in trainStep', shown(inTrainStep.forward), shown(inTrainStep.most)]);
row(['  in an attack', '', shown(attack)]);
judge('  in trainStep, in that of stock tfjs', inTrainStep.most / stock.most, undefined, MOST);
