// Runs convolutions on one thread and on two in a process of its own, as the backend must start anew, and
// says where a digit differs. It is to end by itself.
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';

import {pgdAttack} from '../../../src/attacks/pgdAttack';
import {registerGradientKernels} from '../../../src/kernels/registerGradientKernels';
import {type Threads, threadsOn} from '../../../src/kernels/wasm/threads';
import {resnet18} from '../../../src/models/resnet18';
import {startWasmThreads} from '../../../src/node/startWasmThreads';
import {sgd} from '../../../src/optimizers/sgd';

tf.enableProdMode();
await startWasmThreads(2);
await registerGradientKernels({simd: process.argv[2] === 'relaxed' ? 'relaxed' : 'plain'});
const backend = tf.backend();
const threads = threadsOn.get(backend) as Threads;
const ran = new Map<string, number>();
const counting: Threads = {
  ...threads,
  run(code, args) {
    const done = threads.run(code, args);
    if (done) ran.set(code.split, (ran.get(code.split) ?? 0) + 1);
    return done;
  },
};

/** Our kernels on the calling thread: without any threads, some are left to the backend's. */
const one: Threads = {count: 1, run: () => false, stop: () => undefined};

const random = (shape: readonly number[], seed: number) =>
  tf.randomNormal<tf.Rank.R4>(shape as [number, number, number, number], 0, 1, 'float32', seed);

/** A convolution and both of its gradients. */
const convolution = (
  [batch, size, inChannels, outChannels, kernel, stride]: readonly number[],
  pad: 'same' | 'valid',
) => {
  const x = random([batch!, size!, size!, inChannels!], 1);
  const filter = random([kernel!, kernel!, inChannels!, outChannels!], 2);
  const y = (a: tf.Tensor, b: tf.Tensor) =>
    tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, stride!, pad);
  return () =>
    tf.tidy(() => {
      const out = y(x, filter);
      const dy = random(out.shape, 3) as tf.Tensor4D;
      const [dx, dFilter] = tf.grads((a: tf.Tensor, b: tf.Tensor) => tf.sum(tf.mul(dy, y(a, b))))([
        ...[x, filter],
      ]);
      return [out, dx!, dFilter!].map((tensor) => tensor.dataSync().slice());
    });
};

/** A dense layer. */
const dense = () => {
  const [a, b] = [random([64, 40, 1, 1], 1), random([40, 9, 1, 1], 2)];
  const x = tf.tile(tf.reshape(a, [64, 40]), [8, 24]);
  const w = tf.tile(tf.reshape(b, [40, 9]), [24, 9]);
  return () => tf.tidy(() => [tf.relu(tf.matMul(x, w)).dataSync().slice() as Float32Array]);
};

/** Gradients of products of matrices: with many rows, with many columns, and several at once. */
const products = () => {
  const sizes = [
    [1, 600, 96, 44],
    [1, 20, 130, 900],
    [9, 50, 70, 90],
  ] as const;
  const pairs = sizes.map(([batch, m, depth, n], i) => [
    tf.reshape(random([batch, m, depth, 1], i), batch === 1 ? [m, depth] : [batch, m, depth]),
    tf.reshape(random([batch, depth, n, 1], i + 9), batch === 1 ? [depth, n] : [batch, depth, n]),
  ]);
  return () =>
    tf.tidy(() =>
      pairs.flatMap((pair) =>
        tf
          .grads((a: tf.Tensor, b: tf.Tensor) => tf.sum(tf.square(tf.matMul(a, b))))(pair)
          .map((tensor) => tensor.dataSync().slice() as Float32Array),
      ),
    );
};

/** Max pooling and its gradient, by windows of 2x2 and of 3x3. */
const pools = () => {
  const x = random([40, 25, 24, 16], 5);
  return () =>
    tf.tidy(() =>
      [2, 3].flatMap((size) => {
        const pool = (images: tf.Tensor) => tf.maxPool(images as tf.Tensor4D, size, 2, 'valid');
        const y = pool(x);
        return [y, tf.grad(pool)(x, y)].map((tensor) => tensor.dataSync().slice() as Float32Array);
      }),
    );
};

/** What is computed value by value, and batch norm by the statistics of the batch. */
const sweeps = () => {
  const [x, y] = [random([24, 16, 16, 36], 5), random([24, 16, 16, 36], 6)];
  const model = layers.sequential({
    layers: [layers.layers.batchNormalization({inputShape: [16, 16, 36]}), layers.layers.reLU()],
  });
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const [row, wide] = [random([36, 1, 1, 1], 7), tf.variable(random([9, 64, 64, 8], 8))];
  const rates = {learningRate: 0.1, momentum: 0.9, weightDecay: 0.01, nesterov: true};
  return () =>
    tf.tidy(() => {
      const moving = wide.clone();
      const loss = () => {
        const normed = model.apply(tf.add(x, y), {training: true}) as tf.Tensor;
        return tf.add<tf.Scalar>(tf.sum(tf.mul(normed, y)), tf.sum(tf.mul(wide, wide)));
      };
      const {grads} = tf.variableGrads(loss, [...variables, wide]);
      const optimizer = sgd(rates);
      optimizer.applyGradients({[wide.name]: grads[wide.name] as tf.Tensor});
      const moved = wide.dataSync().slice() as Float32Array;
      optimizer.dispose();
      wide.assign(moving);
      const biased = tf.add(x, tf.reshape(row, [36]));
      const out = [tf.relu(x), biased, ...Object.values(grads)];
      return [moved, ...out.map((tensor) => tensor.dataSync().slice() as Float32Array)];
    });
};

/** An attack and a step of training on a network. */
const network = () => {
  const images = tf.tidy(() => tf.sigmoid(random([12, 32, 32, 3], 4)));
  const labels = tf.tensor1d([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1], 'int32');
  const model = resnet18({numClasses: 10, width: 16, seed: 1});
  const classify = (x: tf.Tensor4D) => model.apply(x, {training: false}) as tf.Tensor2D;
  return () =>
    tf.tidy(() => {
      const adversarial = pgdAttack(classify, images, labels, {epsilon: 0.03, steps: 2});
      const {grads} = tf.variableGrads(() => tf.mean(tf.square(classify(adversarial))));
      return [adversarial, ...Object.values(grads)].map((tensor) => tensor.dataSync().slice());
    });
};

const CASES: Readonly<Record<string, () => Float32Array[]>> = {
  'many examples': convolution([32, 32, 16, 16, 3, 1], 'same') as () => Float32Array[],
  'many channels': convolution([5, 8, 128, 124, 3, 1], 'same') as () => Float32Array[],
  'a filter larger than the images': convolution(
    [3, 8, 256, 260, 3, 1],
    'same',
  ) as () => Float32Array[],
  'no padding, odd': convolution([7, 17, 20, 36, 3, 1], 'valid') as () => Float32Array[],
  'one example': convolution([1, 24, 64, 64, 3, 1], 'same') as () => Float32Array[],
  strided: convolution([16, 32, 16, 32, 3, 2], 'same') as () => Float32Array[],
  'strided four by four': convolution([16, 32, 16, 32, 4, 2], 'same') as () => Float32Array[],
  'five by five': convolution([16, 16, 16, 16, 5, 2], 'same') as () => Float32Array[],
  'few channels': convolution([32, 32, 3, 16, 3, 1], 'same') as () => Float32Array[],
  'four by four': convolution([16, 24, 16, 24, 4, 1], 'valid') as () => Float32Array[],
  dense: dense(),
  sweeps: sweeps(),
  pools: pools(),
  products: products(),
  network: network() as () => Float32Array[],
};

const differing: Record<string, number> = {};
const before = tf.memory().numTensors;
for (const [name, compute] of Object.entries(CASES)) {
  threadsOn.set(backend, one);
  const onOne = compute();
  threadsOn.set(backend, counting);
  // The first time the threads do not have the code yet.
  for (let i = 0; i < 3; i++) {
    compute();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const two = compute();
  differing[name] = onOne.flatMap((values, i) =>
    Array.from(values).filter((value, j) => !Object.is(value, two[i]?.[j])),
  ).length;
}
const leaked = tf.memory().numTensors - before;
const splits = Object.fromEntries(ran);

// Threads that are gone: everything is done here.
threads.stop();
await new Promise((resolve) => setTimeout(resolve, 100));
threadsOn.set(backend, counting);
const alone = CASES['many examples']?.() ?? [];
threadsOn.set(backend, one);
const same = (CASES['many examples']?.() ?? []).every((values, i) =>
  values.every((value, j) => Object.is(value, alone[i]?.[j])),
);
console.log(JSON.stringify({count: threads.count, differing, splits, leaked, same}));
