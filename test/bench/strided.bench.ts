/**
 * Convolutions 3x3 and 4x4 of stride 2 on wasm, forward and to the input: the backend's own, direct sums and our
 * direct products beside `strided`, with a filter that is transformed anew and with a kept one. In turn, minima of
 * CPU time in milliseconds. Needs relaxed SIMD; on Node 20 the command below passes its flag.
 *
 *   npm run bench strided
 */
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';

import {registerGradientKernels} from '../../src/kernels/registerGradientKernels';
import {directConvolution} from '../../src/kernels/wasm/direct';
import {productsOn} from '../../src/kernels/wasm/instance';
import {strided} from '../../src/kernels/wasm/strided';
import {openWeightCache, withWeightCaches} from '../../src/kernels/weightCache';
import {row} from './judge';

const ROUNDS = 12;
const WARMUPS = 3;

/** Taps, batch, height and width, channels before and behind: of ResNet-18 (16, 64), WRN-16-4 and nets of 4x4. */
const SHAPES = [
  [3, 32, 32, 16, 32],
  [3, 32, 16, 32, 64],
  [3, 32, 8, 64, 128],
  [3, 8, 32, 64, 128],
  [3, 8, 16, 128, 256],
  [3, 8, 8, 256, 512],
  [3, 32, 32, 64, 128],
  [3, 32, 16, 128, 256],
  [4, 20, 14, 16, 32],
  [4, 32, 32, 16, 32],
  [4, 32, 16, 32, 64],
  [4, 32, 16, 64, 128],
  [4, 16, 8, 128, 256],
] as const;

const cpu = () => {
  const {user, system} = process.cpuUsage();
  return (user + system) / 1000;
};

await tf.setBackend('wasm');
const {kernelFunc} = tf.getKernel(tf.Conv2D, 'wasm');
await registerGradientKernels({simd: 'relaxed'});
const backend = tf.backend();
const products = productsOn(backend);
if (!products) throw new Error('There are no SIMD kernels here.');
const {heap, run} = products;

row(['shape', 'own', 'direct', 'ours', 'kept', 'products to x', 'ours', 'kept']);
for (const [taps, batch, size, inChannels, outChannels] of SHAPES) {
  const half = size / 2;
  const before = taps - 3;
  const x = tf.randomNormal<tf.Rank.R4>([batch, size, size, inChannels], 0, 1, 'float32', 1);
  const filter = tf.randomNormal<tf.Rank.R4>(
    [taps, taps, inChannels, outChannels],
    0,
    1,
    'float32',
    2,
  );
  const dy = tf.randomNormal<tf.Rank.R4>([batch, half, half, outChannels], 0, 1, 'float32', 3);
  const cache = openWeightCache();
  const padding = {top: before, left: before};
  const forward = {x, filter, turned: false, ...padding, outHeight: half, outWidth: half};
  const backward = {x: dy, filter, turned: true, ...padding, outHeight: size, outWidth: size};
  const ours = (of: typeof forward, isKept: boolean) =>
    withWeightCaches(() => {
      if (isKept) cache.use();
      return strided(backend, of);
    });
  const sums = () =>
    withWeightCaches(() => {
      cache.use();
      return directConvolution(backend, {...forward, strideHeight: 2, strideWidth: 2});
    });
  const direct = () => {
    const window = taps * taps * inChannels;
    const chunk = Math.max(48, 6 * Math.floor(32768 / window / 6));
    const dx = heap.output([batch, size, size, inChannels]);
    heap.withScratch(48 + (outChannels + chunk) * window, (work) => {
      run.convInput(
        ...[dy, filter, dx].map((tensor) => heap.address(tensor)),
        ...[batch, size, size, inChannels, half, half, outChannels, taps, taps, 2, 2],
        ...[before, before, chunk, work],
      );
    });
    return dx;
  };
  const attrs = {strides: [2, 2], pad: 'same', dataFormat: 'NHWC', dilations: [1, 1]};
  const computed = [
    () => kernelFunc({inputs: {x, filter}, attrs, backend} as never) as tf.TensorInfo,
    sums,
    () => ours(forward, false),
    () => ours(forward, true),
    direct,
    () => ours(backward, false),
    () => ours(backward, true),
  ];
  const best = computed.map(() => Infinity);
  for (let round = 0; round < WARMUPS + ROUNDS; round++) {
    for (const [i, compute] of computed.entries()) {
      const start = cpu();
      const info = compute();
      const took = cpu() - start;
      if (info) tf.engine().makeTensorFromTensorInfo(info).dispose();
      if (round >= WARMUPS) best[i] = Math.min(best[i] ?? Infinity, took);
    }
  }
  cache.dispose();
  tf.dispose([x, filter, dy]);
  const shape = `${taps}x${taps}: ${batch}, ${size}x${size}, ${inChannels} to ${outChannels}`;
  row([shape, ...best.map((ms) => ms.toFixed(2))]);
}
