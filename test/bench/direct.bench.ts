/**
 * Kernels on wasm beside what they replace: convolutions by direct sums beside the backend's own, with a filter that is
 * packed anew and with a kept one; gradients to images beside sums of scattered windows; a bias, max pooling of
 * 2x2 and a slice. In turn, minima of CPU time in milliseconds. On Node 20 the command below passes its flag for
 * relaxed SIMD; BENCH_SIMD=plain measures the plain set.
 *
 *   npm run bench direct
 */
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';

import {computedOn} from '../../src/core/computedOn';
import {registerGradientKernels} from '../../src/kernels/registerGradientKernels';
import {directConvolution} from '../../src/kernels/wasm/direct';
import {fewInputsGradient} from '../../src/kernels/wasm/fewInputs';
import {channelsOn, productsOn} from '../../src/kernels/wasm/instance';
import {openWeightCache, withWeightCaches} from '../../src/kernels/weightCache';
import {row} from './judge';

const ROUNDS = 12;

/** Batch, height and width, channels before and behind, side of the filter, stride. */
const CONVOLUTIONS = [
  [64, 28, 1, 16, 3, 1],
  [32, 32, 3, 16, 3, 1],
  [32, 32, 3, 64, 3, 1],
  [32, 28, 1, 32, 5, 1],
  [32, 14, 32, 64, 5, 1],
  [32, 14, 16, 32, 4, 2],
  [32, 8, 64, 128, 1, 2],
  [4, 64, 3, 64, 7, 2],
] as const;

const cpu = () => {
  const {user, system} = process.cpuUsage();
  return (user + system) / 1000;
};

/** Minima of CPU time of some functions, called in turn; what they make is disposed. */
function inTurn(bodies: readonly (() => tf.TensorInfo | undefined)[]): string[] {
  const times = bodies.map(() => Infinity);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, body] of bodies.entries()) {
      const before = cpu();
      const made = body();
      const took = cpu() - before;
      if (!made) throw new Error('A kernel did not run.');
      tf.engine().makeTensorFromTensorInfo(made).dispose();
      // The first rounds let the engine compile.
      if (round > 2) times[i] = Math.min(times[i] ?? NaN, took);
    }
  }
  return times.map((time) => time.toFixed(2));
}

await tf.setBackend('wasm');
const shipped = new Map(
  [tf.Conv2D, tf.Add, tf.Slice].map((name) => [name, tf.getKernel(name, 'wasm').kernelFunc]),
);
const simd = process.env['BENCH_SIMD'] === 'plain' ? 'plain' : 'auto';
await registerGradientKernels({simd});
const backend = tf.backend();
const [products, channels] = [productsOn(backend), channelsOn(backend)];
if (!products || !channels) throw new Error('There are no SIMD kernels here.');
const call = (kernel: string, own: boolean, inputs: object, attrs: object) => () => {
  const run = own ? tf.getKernel(kernel, 'wasm').kernelFunc : shipped.get(kernel);
  return run?.({inputs, attrs, backend} as never) as tf.TensorInfo | undefined;
};
console.log(`${computedOn()}, Node ${process.version}`);

row(['convolution', 'own', 'anew', 'kept']);
for (const [batch, size, inChannels, outChannels, side, stride] of CONVOLUTIONS) {
  const x = tf.randomNormal<tf.Rank.R4>([batch, size, size, inChannels], 0, 1, 'float32', 1);
  const filter = tf.randomNormal<tf.Rank.R4>(
    [side, side, inChannels, outChannels],
    ...([0, 1, 'float32', 2] as const),
  );
  const info = tf.backend_util.computeConv2DInfo(x.shape, filter.shape, stride, 1, 'same');
  const {outHeight, outWidth, padInfo} = info;
  const {top, left} = padInfo;
  const sizes = {top, left, outHeight, outWidth, strideHeight: stride, strideWidth: stride};
  const cache = openWeightCache();
  const ours = (isKept: boolean) => () =>
    withWeightCaches(() => {
      if (isKept) cache.use();
      return directConvolution(backend, {x, filter, turned: false, ...sizes});
    });
  const attrs = {strides: [stride, stride], pad: 'same', dataFormat: 'NHWC', dilations: [1, 1]};
  const own = call(tf.Conv2D, false, {x, filter}, attrs);
  const name = `${batch}, ${size}x${size}, ${inChannels} to ${outChannels}, ${side}x${side}, stride ${stride}`;
  row([name, ...inTurn([own, ours(false), ours(true)])]);
  if (inChannels <= 4 && stride === 1) {
    const dy = tf.randomNormal<tf.Rank.R4>(info.outShape, 0, 1, 'float32', 3);
    const size8 = 8 * Math.ceil((side * side * inChannels) / 8);
    const chunk = Math.max(48, 6 * Math.floor(32768 / size8 / 6));
    const scattered = () => {
      const {heap, run} = products;
      const dx = heap.output(info.inShape);
      heap.withScratch(48 + (outChannels + chunk) * size8, (work) => {
        run.convInput(
          ...[dy, filter, dx].map((tensor) => heap.address(tensor)),
          ...[batch, size, size, inChannels, outHeight, outWidth, outChannels, side, side, 1, 1],
          ...[top, left, chunk, work],
        );
      });
      return dx;
    };
    const few = () => fewInputsGradient(backend, dy, filter, info);
    row(['  its gradient to x: scattered, ours', ...inTurn([scattered, few])]);
    dy.dispose();
  }
  cache.dispose();
  tf.dispose([x, filter]);
}

row(['others', 'before', 'ours']);
const map = tf.randomNormal<tf.Rank.R4>([64, 28, 28, 16], 0, 1, 'float32', 4);
const bias = tf.ones([16]);
const added = [false, true].map((own) => call(tf.Add, own, {a: map, b: bias}, {}));
row(['bias, 64 x 28 x 28 x 16', ...inTurn(added)]);
const dy = tf.ones([64, 14, 14, 16]);
const pooled = (isHalving: boolean) => () => {
  const {heap, run} = channels;
  const dx = heap.output(map.shape);
  const places = [map, dy, dx].map((tensor) => heap.address(tensor));
  if (isHalving) run.maxPool2(...places, ...map.shape, 14, 14);
  else run.maxPool(...places, ...map.shape, 14, 14, 2, 2, 2, 2, 0, 0);
  return dx;
};
row(['gradient of max pooling, the same', ...inTurn([pooled(false), pooled(true)])]);
const padded = tf.ones([128, 34, 34, 8]);
const inner = {begin: [0, 1, 1, 0], size: [128, 32, 32, 8]};
const sliced = [false, true].map((own) => call(tf.Slice, own, {x: padded}, inner));
row(['slice, 128 x 32 x 32 x 8 of 34 x 34', ...inTurn(sliced)]);
tf.dispose([map, bias, dy, padded]);
