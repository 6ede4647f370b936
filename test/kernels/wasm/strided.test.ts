import {fc, it} from '@fast-check/vitest';
import * as tf from '@tensorflow/tfjs-core';
import {describe, expect} from 'vitest';

import {openWeightCache, withWeightCaches} from '../../../src/kernels/weightCache';
import {strided} from '../../../src/kernels/wasm/strided';
import type {Convolution} from '../../../src/kernels/wasm/winograd';
import {seeded} from '../../support/models';
import {expectCloseOverall, expectNoLeak, numbers} from '../../support/tensors';
import {type ConvCase, convReference, onRelaxedWasm, onWasm} from '../support';

const channels = fc.constantFrom(4, 8, 12, 20);
const sizes = fc.record({
  batch: fc.integer({min: 1, max: 3}),
  height: fc.integer({min: 4, max: 14}),
  width: fc.integer({min: 4, max: 14}),
  kernel: fc.constantFrom<[number, number]>([3, 3], [4, 4]),
  inChannels: channels,
  outChannels: channels,
  pad: fc.constantFrom<ConvCase['pad']>('same', 'valid', 1, 2, [
    [0, 0],
    [2, 0],
    [1, 4],
    [0, 0],
  ]),
});
const strides: [number, number] = [2, 2];

/** As a tensor, which the caller disposes; while a gradient is computed, so that every size runs. */
function convolve(convolution: Convolution): tf.Tensor {
  const info = withWeightCaches(() => strided(tf.backend(), convolution));
  if (!info) throw new Error('It did not run.');
  return tf.engine().makeTensorFromTensorInfo(info);
}

/** Forward, and backward to the input. */
function both(c: ConvCase, {x, filter, dy}: ReturnType<typeof convReference>) {
  const {padInfo, outHeight, outWidth} = tf.backend_util.computeConv2DInfo(
    x.shape,
    filter.shape,
    c.strides,
    1,
    c.pad,
  );
  const {top, left} = padInfo;
  const forward = {x, filter, turned: false, top, left, outHeight, outWidth};
  const size = {top, left, outHeight: c.height, outWidth: c.width};
  return {forward, backward: {x: dy, filter, turned: true, ...size}};
}

onRelaxedWasm('strided', () => {
  it.prop([sizes], {numRuns: 60})(
    'is the convolution by its definition, and the gradient to its input',
    async (size) => {
      const c: ConvCase = {...size, strides};
      const reference = convReference(c);
      const {x, filter, dy, y, dx} = reference;
      const {forward, backward} = both(c, reference);
      await expectNoLeak(() => {
        const [there, back] = [convolve(forward), convolve(backward)];
        expect(there.shape).toEqual(dy.shape);
        expect(back.shape).toEqual(x.shape);
        expectCloseOverall(there, y, 1e-5);
        expectCloseOverall(back, dx, 1e-5);
        tf.dispose([there, back]);
      });
      tf.dispose([x, filter, dy]);
    },
  );

  it.each([3, 4])(
    'of %d taps adds a bias, cuts off below, and takes more tiles than fit one chunk',
    async (taps) => {
      const size = {batch: 5, height: 17, width: 16, inChannels: 36, outChannels: 44};
      const c: ConvCase = {...size, kernel: [taps, taps], strides, pad: 1};
      const reference = convReference(c);
      const {x, filter, dy, y, dx} = reference;
      const {forward, backward} = both(c, reference);
      const bias = seeded<tf.Rank.R1>([44], 4);
      await expectNoLeak(() => {
        const there = convolve({...forward, bias, low: 0});
        const plus = numbers(bias);
        expectCloseOverall(
          there,
          y.map((v, i) => Math.max(0, v + (plus[i % 44] ?? 0))),
          1e-5,
        );
        const back = convolve(backward);
        expectCloseOverall(back, dx, 1e-5);
        tf.dispose([there, back]);
      });
      tf.dispose([x, filter, dy, bias]);
    },
  );

  it('keeps the transformed filters of kept weights, one for each way', async () => {
    const size = {batch: 1, height: 6, width: 6, inChannels: 4, outChannels: 8};
    const c: ConvCase = {...size, kernel: [3, 3], strides, pad: 'same'};
    const reference = convReference(c);
    const {forward, backward} = both(c, reference);
    await expectNoLeak(() => {
      const cache = openWeightCache();
      const before = tf.memory().numTensors;
      for (let gradient = 0; gradient < 3; gradient++) {
        withWeightCaches(() => {
          cache.use();
          for (const convolution of [forward, backward]) {
            const info = strided(tf.backend(), convolution);
            if (info) tf.engine().makeTensorFromTensorInfo(info).dispose();
          }
        });
      }
      expect(tf.memory().numTensors - before).toBe(2);
      cache.dispose();
    });
    tf.dispose([reference.x, reference.filter, reference.dy]);
  });

  it.each([
    ['a larger filter', [1, 16, 16, 4], [5, 5, 4, 4]],
    ['a smaller one', [1, 16, 16, 4], [2, 2, 4, 4]],
    ['unequal sides', [1, 16, 16, 4], [3, 4, 4, 4]],
    ['channels in no fours', [1, 16, 16, 3], [3, 3, 3, 4]],
    ['few outputs of weights that may change', [64, 8, 8, 4], [3, 3, 4, 4]],
  ] as const)('leaves %s to others', (_, shape, filterShape) => {
    tf.tidy(() => {
      const [x, filter] = [tf.ones([...shape]), tf.ones([...filterShape])];
      const size = {top: 0, left: 0, outHeight: shape[1] / 2 - 1, outWidth: shape[2] / 2 - 1};
      expect(strided(tf.backend(), {x, filter, turned: false, ...size})).toBeUndefined();
    });
  });
});

onWasm('strided, plain set', () => {
  it('is left to the digits that there always were', () => {
    tf.tidy(() => {
      const [x, filter] = [tf.ones([1, 32, 32, 4]), tf.ones([3, 3, 4, 4])];
      const size = {top: 0, left: 0, outHeight: 16, outWidth: 16};
      expect(strided(tf.backend(), {x, filter, turned: false, ...size})).toBeUndefined();
    });
  });
});

describe('strided', () => {
  it('does not run without a wasm backend', () => {
    tf.tidy(() => {
      const [x, filter] = [tf.ones([1, 32, 32, 4]), tf.ones([3, 3, 4, 4])];
      const size = {top: 0, left: 0, outHeight: 16, outWidth: 16};
      expect(strided({}, {x, filter, turned: false, ...size})).toBeUndefined();
    });
  });
});
