import {fc, it} from '@fast-check/vitest';
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import {afterAll, beforeAll, expect} from 'vitest';

import {recordPass} from '../../../src/kernels/recordedPass';
import {registerGradientKernels} from '../../../src/kernels/registerGradientKernels';
import {windowedPass} from '../../../src/kernels/windowedPass';
import {heapOf} from '../../../src/kernels/wasm/heap';
import {sgd} from '../../../src/optimizers/sgd';
import {openWeightCache, withWeightCaches} from '../../../src/kernels/weightCache';
import {seeded} from '../../support/models';
import {frozenBy, onRelaxedWasm, onWasm} from '../support';

// Bytes before and after each block that nobody may touch.
const GUARD = 64;
const MARK = 0xa5;

interface Allocator {
  _malloc(bytes: number): number;
  _free(address: number): void;
}

/**
 * Runs `body` with blocks of tfjs's memory that lie between guards and are full of NaN: scratch memory and
 * outputs of kernels. Expects that no guard was touched.
 */
function guarded<T>(body: () => T): T {
  const {wasm} = tf.backend() as unknown as {wasm: Allocator};
  const memory = heapOf(tf.backend())?.memory as WebAssembly.Memory;
  // Emscripten's functions replace themselves when they are first called.
  wasm._free(wasm._malloc(16));
  const shipped = {_malloc: wasm._malloc, _free: wasm._free};
  const sizes = new Map<number, number>();
  const touched: string[] = [];
  let blocks = 0;
  const bytes = () => new Uint8Array(memory.buffer);
  const check = (address: number, size: number): void => {
    for (const [where, from] of [
      ['before', address - GUARD],
      ['behind', address + size],
    ] as const) {
      const guard = bytes().subarray(from, from + GUARD);
      if (!guard.every((value) => value === MARK)) touched.push(`${where} ${size} bytes`);
    }
  };
  wasm._malloc = (size) => {
    const block = shipped._malloc(size + 2 * GUARD) >>> 0;
    bytes().fill(MARK, block, block + size + 2 * GUARD);
    bytes().fill(0xff, block + GUARD, block + GUARD + size);
    sizes.set(block + GUARD, size);
    blocks++;
    return block + GUARD;
  };
  wasm._free = (address) => {
    const size = sizes.get(address >>> 0);
    if (size === undefined) {
      shipped._free(address);
      return;
    }
    check(address >>> 0, size);
    sizes.delete(address >>> 0);
    shipped._free((address >>> 0) - GUARD);
  };
  try {
    return body();
  } finally {
    for (const [address, size] of sizes) check(address, size);
    expect(blocks).toBeGreaterThan(2);
    expect(sizes.size).toBe(0);
    Object.assign(wasm, shipped);
    expect(touched).toEqual([]);
  }
}

/** Values of tensors that `compute` makes, each in memory of its own. */
const valuesOf = (compute: () => tf.Tensor[]): number[][] =>
  tf.tidy(() => compute().map((tensor) => Array.from(tensor.dataSync())));

/** Expects the same values, and no guard touched, on guarded memory. */
function expectWithin(compute: () => tf.Tensor[]): void {
  const expected = valuesOf(compute);
  expect(expected.flat().every(Number.isFinite)).toBe(true);
  expect(guarded(() => valuesOf(compute))).toEqual(expected);
}

const channels = fc.constantFrom(1, 2, 3, 4, 8, 12, 20, 28);
const side = fc.integer({min: 1, max: 5});
const stride = fc.integer({min: 1, max: 4});
const convolutions = fc.record({
  batch: fc.integer({min: 1, max: 3}),
  height: fc.integer({min: 5, max: 14}),
  width: fc.integer({min: 5, max: 14}),
  kernel: fc.oneof(fc.constantFrom([3, 3] as const, [4, 4] as const), fc.tuple(side, side)),
  strides: fc.oneof(
    fc.constantFrom<[number, number]>([1, 1], [2, 2]),
    fc.tuple<[number, number]>(stride, stride),
  ),
  pad: fc.constantFrom('same', 'valid'),
  inChannels: channels,
  outChannels: channels,
});

const gradients = (y: (...inputs: tf.Tensor[]) => tf.Tensor, inputs: tf.Tensor[]): tf.Tensor[] => {
  const out = y(...inputs);
  return [out, ...tf.grads((...given: tf.Tensor[]) => y(...given))(inputs, seeded(out.shape, 9))];
};

for (const simd of ['plain', 'relaxed'] as const)
  (simd === 'plain' ? onWasm : onRelaxedWasm)('kernels on guarded memory', () => {
    let restore: () => void = () => undefined;
    beforeAll(async () => {
      restore = await registerGradientKernels({simd});
    });
    afterAll(() => {
      restore();
    });

    it.prop([convolutions], {numRuns: 150})(
      'stay within it and read nothing that nobody wrote: convolutions',
      ({batch, height, width, kernel, strides, pad, inChannels, outChannels}) => {
        expectWithin(() => {
          const x = seeded([batch, height, width, inChannels], 1);
          const filter = seeded([...kernel, inChannels, outChannels], 2);
          const bias = seeded([outChannels], 3);
          const convolve = (a: tf.Tensor, b: tf.Tensor) =>
            tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, strides, pad as 'same');
          const fused = tf.fused.conv2d({
            ...{x: x as tf.Tensor4D, filter: filter as tf.Tensor4D, bias, activation: 'relu'},
            ...{strides, pad: pad as 'same'},
          });
          return [...gradients(convolve as never, [x, filter]), fused];
        });
      },
    );

    it.each([
      ['blocks of channels', [2, 13, 14, 104], 172],
      ['groups of examples', [9, 32, 29, 8], 12],
      ['several chunks', [5, 16, 16, 36], 44],
    ] as const)('stay within it: filters that are taken by %s', (_, shape, outChannels) => {
      expectWithin(() => {
        const filter = seeded([3, 3, shape[3], outChannels], 2);
        const convolve = (a: tf.Tensor, b: tf.Tensor) =>
          tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, 1, 'same');
        return gradients(convolve as never, [seeded([...shape], 1), filter]);
      });
    });

    it.prop([fc.integer({min: 1, max: 9}), fc.integer({min: 1, max: 40}), channels], {numRuns: 60})(
      'stay within it: products, pools, depthwise convolutions and sweeps',
      (rows, depth, count) => {
        expectWithin(() => {
          const [a, b] = [seeded([rows, depth], 1), seeded([depth, count], 2)];
          const images = seeded<tf.Rank.R4>([rows, 6, 5, count], 3);
          const depthwise = seeded<tf.Rank.R4>([3, 3, count, 1], 4);
          const pools = [tf.maxPool, tf.avgPool].map((pool) =>
            gradients((x) => pool(x as tf.Tensor4D, 2, 2, 'valid'), [images]),
          );
          return [
            ...gradients((x, y) => tf.matMul(x as tf.Tensor2D, y as tf.Tensor2D), [a, b]),
            ...pools.flat(),
            ...gradients(
              (x, filter) => tf.depthwiseConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same'),
              [images, depthwise],
            ),
            ...gradients((x) => tf.relu(tf.add(x, images)), [images]),
            ...gradients((x, row) => tf.add(x, row), [images, seeded([count], 5)]),
            ...gradients((x) => tf.slice(x, [0, 1, 1, 0], [-1, 4, 3, -1]), [images]),
          ];
        });
      },
    );

    it.prop([fc.integer({min: 1, max: 9}), fc.integer({min: 1, max: 40}), channels], {numRuns: 40})(
      'stay within it: weights that are kept packed',
      (rows, depth, count) => {
        expectWithin(() => {
          const [a, b] = [seeded([rows, depth], 1), seeded([depth, count], 2)];
          const [images, filter] = [seeded([rows, 6, 5, 4], 3), seeded([3, 3, 4, count], 4)];
          const cache = openWeightCache();
          const passes = [1, 2, 3].map(() =>
            withWeightCaches(() => {
              cache.use();
              const product = tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D);
              const convolve = (x: tf.Tensor) =>
                tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same');
              return [product, ...gradients(convolve, [images])];
            }),
          );
          cache.dispose();
          return passes.flat();
        });
      },
    );

    it.prop([fc.integer({min: 4, max: 9}), fc.integer({min: 1, max: 40}), channels], {numRuns: 40})(
      'stay within it: passes that compute what a rectangle reaches',
      (rows, units, count) => {
        const filter = seeded<tf.Rank.R4>([4, 4, 1, count], 1);
        const matrix = seeded<tf.Rank.R2>([49 * count, units], 2);
        const images = seeded<tf.Rank.R4>([rows, 14, 14, 1], 3);
        const weights = [filter, matrix];
        const run = (x: tf.Tensor): tf.Tensor2D => {
          const values = tf.conv2d(x as tf.Tensor4D, filter, 2, 'same');
          return tf.matMul(tf.reshape(values, [rows, -1]), matrix);
        };
        const cache = openWeightCache();
        const frozen = frozenBy(cache);
        const recorded = frozen(() => recordPass({run, x: images, weights}));
        expectWithin(() =>
          frozen(() => {
            const part = recorded?.forward;
            const size = {height: 2, width: 3};
            const pass = part && windowedPass(part, weights, images, size);
            const passes = [0, 5, 11].flatMap((top) => {
              const x = tf.add(images, tf.pad(tf.ones([rows, 2, 3, 1]), [[0, 0], [top, 12 - top], [top, 11 - top], [0, 0]])); // prettier-ignore
              const logits = pass?.run(x, {top, left: top, ...size});
              pass?.settle(new Set([1]));
              return logits ?? [];
            });
            pass?.dispose();
            return passes.length > 0 ? passes : [tf.clone(images)];
          }),
        );
        cache.dispose();
        tf.dispose([filter, matrix, images]);
      },
    );

    it.prop([fc.integer({min: 1, max: 40}), fc.integer({min: 1, max: 40})], {numRuns: 40})(
      'stay within it: batch norm in training mode, and a step of the optimizer',
      (rows, count) => {
        expectWithin(() => {
          const norm = layers.layers.batchNormalization({inputShape: [3, count]});
          const model = layers.sequential({layers: [norm]});
          const x = seeded([rows, 3, count], 1);
          const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
          const optimizer = sgd({learningRate: 0.1, momentum: 0.9, weightDecay: 1e-3});
          const {grads} = tf.variableGrads(
            () => tf.sum(tf.square(model.apply(x, {training: true}) as tf.Tensor)),
            variables,
          );
          optimizer.applyGradients(grads);
          const after = model.getWeights().map((weight) => tf.clone(weight));
          const [dx] = gradients((given) => model.apply(given, {training: true}) as tf.Tensor, [x]);
          optimizer.dispose();
          model.dispose();
          return [...after, dx as tf.Tensor];
        });
      },
    );
  });
