/**
 * Gradients with this library's kernels against stock tfjs, in one process, interleaved: `simd`
 * after `registerGradientKernels()`, `composed` without. Where stock wasm has no filter gradient,
 * it is stubbed for the stock attack step. What has a target is in gradientTargets.bench.ts.
 *
 *   npx tsx test/bench/gradients.bench.ts [wasm|cpu] [full]
 *
 * `full` adds ResNet-18 at full width; BENCH_SECONDS is how long each entry runs, 1 by default.
 */
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';

import * as tf from '@tensorflow/tfjs-core';
import type * as layers from '@tensorflow/tfjs-layers';

import {asClassifier} from '../../src/core/classifier';
import {entryOf} from '../../src/core/at';
import {prepareGradientKernels} from '../../src/kernels/gradientKernels';
import {SIMD_GRADIENTS, SIMD_KERNELS} from '../../src/kernels/wasm/simdKernels';
import {withGradientKernels} from '../../src/kernels/withGradientKernels';
import {freezeWeights} from '../../src/math/freezeWeights';
import {KINDS, resnet18, smallNetwork, stubbed} from './networks';

const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 1);

/** Median milliseconds of each function, called in turn. */
function medians(functions: (() => tf.TensorContainer)[], minimum = 3): number[] {
  const times = functions.map((): number[] => []);
  functions.forEach((f) => tf.dispose(f()));
  const end = performance.now() + 1000 * SECONDS * functions.length;
  for (let round = 0; round < minimum || performance.now() < end; round++) {
    functions.forEach((f, i) => {
      const start = performance.now();
      tf.dispose(f());
      times[i]?.push(performance.now() - start);
    });
  }
  return times.map((t) => t.sort((a, b) => a - b)[Math.floor(t.length / 2)] ?? NaN);
}

/** Runs `body` as after `registerGradientKernels()`. */
const REGISTER: Readonly<Record<string, () => () => void>> = {
  wasm: prepareGradientKernels('wasm', SIMD_KERNELS, SIMD_GRADIENTS),
  cpu: prepareGradientKernels('cpu'),
};
function registered<T>(body: () => T): T {
  const undo = entryOf(REGISTER, tf.getBackend())();
  try {
    return body();
  } finally {
    undo();
  }
}

const row = (name: string, cells: string[]) =>
  console.log(name.padEnd(42), cells.map((cell) => cell.padStart(10)).join(''));

/** Compares `ours` in a scope, with and without SIMD kernels, with `stock` where it runs. */
function report(name: string, ours: () => tf.TensorContainer, stock?: () => tf.TensorContainer) {
  const wasm = tf.getBackend() === 'wasm';
  const [composed = NaN, simd = NaN, other = NaN] = medians([
    ours,
    () => (wasm ? registered(ours) : undefined),
    ...(stock ? [stock] : []),
  ]);
  const ms = (value: number) => (Number.isNaN(value) ? '-' : value.toFixed(2));
  const ratio = (value: number) => (Number.isNaN(other) ? '-' : `${(other / value).toFixed(1)}x`);
  row(name, [
    ...(wasm ? [ms(simd)] : []),
    ms(composed),
    ms(other),
    ...(wasm ? [ratio(simd)] : []),
    ratio(composed),
  ]);
}

const normal = (shape: number[], seed: number) => tf.randomNormal(shape, 0, 1, 'float32', seed);

function convolutions(cases: number[][]): void {
  for (const [batch = 1, size = 1, c = 1, n = 1, k = 1, stride = 1] of cases) {
    const x = normal([batch, size, size, c], 1) as tf.Tensor4D;
    const w = normal([k, k, c, n], 2) as tf.Tensor4D;
    const y = tf.conv2d(x, w, stride, 'same');
    const dy = normal(y.shape, 3);
    const attrs = {strides: stride, pad: 'same', dataFormat: 'NHWC'};
    const input = () =>
      tf
        .engine()
        .runKernel(tf.Conv2DBackpropInput, {dy, filter: w}, {...attrs, inputShape: x.shape});
    const filter = () =>
      tf.engine().runKernel(tf.Conv2DBackpropFilter, {x, dy}, {...attrs, filterShape: w.shape});
    const name = `${batch}x${size}x${size}x${c} -> ${n}, ${k}x${k}/${stride}`;
    report(`conv input  ${name}`, () => withGradientKernels(input), input);
    const stock = tf.getKernel(tf.Conv2DBackpropFilter, tf.getBackend()) ? filter : undefined;
    report(`conv filter ${name}`, () => withGradientKernels(filter), stock);
    tf.dispose([x, w, y, dy]);
  }
}

function operations(): void {
  const compare = (name: string, f: () => tf.Tensor) =>
    report(name, () => withGradientKernels(f), f);
  const pooled = tf.abs(normal([64, 28, 28, 16], 4)) as tf.Tensor4D;
  const pool = tf.grad((x: tf.Tensor) => tf.maxPool(x as tf.Tensor4D, 2, 2, 'valid'));
  compare('maxPool 2x2, 64x28x28x16', () => pool(pooled));
  const [a, b, dy] = [normal([64, 1568], 5), normal([1568, 128], 6), normal([64, 128], 7)];
  compare('dense 64x1568x128', () => tf.matMul(a, b));
  const [pixels, point] = [normal([32, 16, 16, 64], 14), normal([1, 1, 64, 128], 15)];
  compare('conv 32x16x16x64 -> 128, 1x1', () =>
    tf.conv2d(pixels as tf.Tensor4D, point as tf.Tensor4D, 1, 'same'),
  );
  compare('dense input gradient 64x1568x128', () => tf.matMul(dy, b, false, true));
  compare('dense weight gradient 64x1568x128', () => tf.matMul(a, dy, true, false));
  const [mean, variance, scale] = [normal([16], 8), tf.ones([16]), normal([16], 9)];
  const norm = tf.grad((x: tf.Tensor) =>
    tf.batchNorm4d(
      x as tf.Tensor4D,
      mean as tf.Tensor1D,
      variance as tf.Tensor1D,
      tf.zerosLike(scale) as tf.Tensor1D,
      scale as tf.Tensor1D,
    ),
  );
  compare('batchNorm, 64x28x28x16', () => norm(pooled));
  compare('sum to channels, 64x28x28x16', () => tf.sum(pooled, [0, 1, 2]));
  const table = normal([1000, 64], 10);
  const ids = tf.randomUniform([4096], 0, 1000, 'int32', 11);
  const gather = tf.grad((x: tf.Tensor) => tf.gather(x, ids as tf.Tensor1D));
  report('gather 4096 of 1000x64', () => withGradientKernels(() => gather(table)));
  tf.dispose([pooled, pixels, point, a, b, dy, mean, variance, scale, table, ids]);
}

function network(name: string, model: layers.LayersModel, batch: number): void {
  const shape = model.inputs[0]?.shape.slice(1) as number[];
  const x = tf.randomUniform([batch, ...shape], 0, 1, 'float32', 12);
  const labels = tf.oneHot(tf.randomUniform([batch], 0, 10, 'int32', 13), 10);
  const variables = model.trainableWeights.map((w) => w.read() as tf.Variable);
  const lossOf = (logits: tf.Tensor) => tf.neg(tf.sum(tf.mul(labels, tf.logSoftmax(logits))));
  const loss = (input: tf.Tensor, training: boolean) =>
    lossOf(model.apply(input, {training}) as tf.Tensor);
  const frozen = freezeWeights(asClassifier<tf.Tensor>(model));
  const stock = () => tf.tidy(() => tf.grad((v) => loss(v, false))(x));
  const attack = () => tf.tidy(() => tf.grad((v) => lossOf(frozen.classify(v)))(x));
  const train = () =>
    tf.tidy(() => tf.variableGrads(() => loss(x, true) as tf.Scalar, variables).grads);
  report(`${name}, batch ${batch}: forward`, () => tf.tidy(() => loss(x, false)));
  report(
    `${name}, batch ${batch}: attack step`,
    () => withGradientKernels(attack),
    () => stubbed(stock),
  );
  report(
    `${name}, batch ${batch}: training step`,
    () => withGradientKernels(train),
    tf.getBackend() === 'cpu' ? train : undefined,
  );
  frozen.dispose();
  model.dispose();
  tf.dispose([x, labels]);
}

async function run(backend: string): Promise<void> {
  await tf.setBackend(backend);
  const enter = (times: number) => {
    const start = performance.now();
    for (let i = 0; i < times; i++) withGradientKernels(() => undefined);
    return ((performance.now() - start) / times) * 1000;
  };
  enter(1e4);
  console.log(`\n${backend}: entering a scope takes ${enter(1e4).toFixed(1)} µs`);
  const ours = backend === 'wasm' ? ['simd', 'composed'] : ['composed'];
  row('milliseconds, and times as fast as stock', [...ours, 'stock', ...ours]);
  if (backend !== 'wasm') {
    convolutions([[4, 14, 8, 16, 3, 2]]);
    for (const kind of KINDS) network(`CNN (${kind})`, smallNetwork(kind), 4);
    return;
  }
  convolutions([
    [64, 28, 1, 8, 3, 2],
    [64, 28, 1, 16, 5, 2],
    [64, 28, 1, 16, 3, 1],
    [64, 14, 16, 32, 3, 2],
    [64, 14, 16, 32, 3, 1],
    [32, 32, 16, 16, 3, 1],
    [32, 32, 16, 32, 3, 2],
    [32, 32, 16, 32, 1, 2],
    [32, 16, 32, 32, 3, 1],
    [32, 8, 64, 64, 3, 1],
  ]);
  operations();
  for (const kind of KINDS) network(`CNN (${kind})`, smallNetwork(kind), 64);
  network('ResNet-18 width 16', resnet18(16), 32);
  if (process.argv[3] === 'full') network('ResNet-18 width 64', resnet18(64), 8);
}

for (const backend of [process.argv[2] ?? ['wasm', 'cpu']].flat()) await run(backend);
