/**
 * Gradients with this library's kernels against stock tfjs, in one process, interleaved. Where
 * stock wasm has no filter gradient, it is stubbed for the stock attack step.
 *
 *   npx tsx test/bench/gradients.bench.ts [wasm|cpu]
 */
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';

import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';

import {withGradientKernels} from '../../src/kernels/withGradientKernels';

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

function report(name: string, [ours = NaN, stock = NaN]: number[]): void {
  const ratio = Number.isFinite(stock) ? `${(stock / ours).toFixed(1)}x` : 'stock has none';
  const stockMs = Number.isFinite(stock) ? stock.toFixed(2) : '-';
  console.log(
    `${name.padEnd(44)} ${ours.toFixed(2).padStart(9)} ms ${stockMs.padStart(9)} ms  ${ratio}`,
  );
}

/** Stock tfjs, with filter gradients that cost nothing. */
function stubbed<T>(body: () => T): T {
  const backendName = tf.getBackend();
  const shipped = tf.getKernel(tf.Conv2DBackpropFilter, backendName) as tf.KernelConfig | undefined;
  if (shipped) return body();
  const kernelName = tf.Conv2DBackpropFilter;
  tf.registerKernel({kernelName, backendName, kernelFunc: () => tf.scalar(0)});
  try {
    return body();
  } finally {
    tf.unregisterKernel(kernelName, backendName);
  }
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
    report(`conv input  ${name}`, medians([() => withGradientKernels(input), input]));
    const stock = tf.getKernel(tf.Conv2DBackpropFilter, tf.getBackend()) ? [filter] : [];
    report(`conv filter ${name}`, medians([() => withGradientKernels(filter), ...stock]));
    tf.dispose([x, w, y, dy]);
  }
}

function operations(): void {
  const compare = (name: string, f: () => tf.Tensor) =>
    report(name, medians([() => withGradientKernels(f), f]));
  const pooled = tf.abs(normal([64, 28, 28, 16], 4)) as tf.Tensor4D;
  const pool = tf.grad((x: tf.Tensor) => tf.maxPool(x as tf.Tensor4D, 2, 2, 'valid'));
  compare('maxPool 2x2, 64x28x28x16', () => pool(pooled));
  const [a, b, dy] = [normal([64, 1568], 5), normal([1568, 128], 6), normal([64, 128], 7)];
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
  report('gather 4096 of 1000x64', medians([() => withGradientKernels(() => gather(table))]));
  tf.dispose([pooled, a, b, dy, mean, variance, scale, table, ids]);
}

/** MNIST-sized convolutional network; `batchNorm` after convolutions without activation. */
function network(kind: 'pool' | 'stride' | 'batchNorm'): layers.Sequential {
  const l = layers.layers;
  const strides = kind === 'pool' ? 1 : 2;
  const conv = (filters: number, first: boolean) => [
    l.conv2d({
      filters,
      kernelSize: 3,
      padding: 'same',
      strides,
      ...(kind === 'batchNorm' ? {} : {activation: 'relu' as const}),
      ...(first ? {inputShape: [28, 28, 1]} : {}),
    }),
    ...(kind === 'pool' ? [l.maxPooling2d({poolSize: 2})] : []),
    ...(kind === 'batchNorm' ? [l.batchNormalization(), l.reLU()] : []),
  ];
  return layers.sequential({
    layers: [
      ...conv(16, true),
      ...conv(32, false),
      l.flatten(),
      l.dense({units: 128, activation: 'relu'}),
      l.dense({units: 10}),
    ],
  });
}

function networks(batch: number): void {
  const x = tf.randomUniform([batch, 28, 28, 1], 0, 1, 'float32', 12);
  const labels = tf.oneHot(tf.randomUniform([batch], 0, 10, 'int32', 13), 10);
  for (const kind of ['pool', 'stride', 'batchNorm'] as const) {
    const model = network(kind);
    const variables = model.trainableWeights.map((w) => w.read() as tf.Variable);
    const loss = (input: tf.Tensor, training: boolean) =>
      tf.neg(tf.sum(tf.mul(labels, tf.logSoftmax(model.apply(input, {training}) as tf.Tensor))));
    const forward = () => tf.tidy(() => loss(x, false));
    const attack = () => tf.tidy(() => tf.grad((v) => loss(v, false))(x));
    const train = () =>
      tf.tidy(() => tf.variableGrads(() => loss(x, true) as tf.Scalar, variables).grads);
    report(`CNN (${kind}) batch ${batch}: forward`, medians([forward]));
    report(
      `CNN (${kind}) batch ${batch}: attack step`,
      medians([() => withGradientKernels(attack, {inputOnly: true}), () => stubbed(attack)]),
    );
    const stock = tf.getBackend() === 'cpu' ? [train] : [];
    report(
      `CNN (${kind}) batch ${batch}: training step`,
      medians([() => withGradientKernels(train), ...stock]),
    );
    model.dispose();
  }
}

const backend = process.argv[2] ?? 'wasm';
await tf.setBackend(backend);
const start = performance.now();
for (let i = 0; i < 1e4; i++) withGradientKernels(() => undefined, {inputOnly: true});
console.log(
  `${backend}: entering a scope takes ${((performance.now() - start) / 10).toFixed(1)} µs`,
);
console.log(`${''.padEnd(44)} ${'ours'.padStart(12)} ${'stock'.padStart(12)}`);
if (backend === 'wasm') {
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
  networks(64);
} else {
  convolutions([[4, 14, 8, 16, 3, 2]]);
  networks(4);
}
