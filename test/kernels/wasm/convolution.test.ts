import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {simdConvFilter, simdConvInput} from '../../../src/kernels/wasm/convolution';
import {expectClose, expectNoLeak} from '../../support/tensors';
import {
  callKernel,
  CONV_CASES,
  type ConvCase,
  convReference,
  expectFallback,
  FALLBACK,
  never,
  onWasm,
} from '../support';

// Beyond one tile, one block of depth and one chunk of windows.
const LARGE: ConvCase[] = [
  {
    batch: 3,
    height: 9,
    width: 9,
    inChannels: 13,
    outChannels: 17,
    kernel: [3, 3],
    strides: [2, 2],
    pad: 'same',
  },
  {
    batch: 2,
    height: 6,
    width: 7,
    inChannels: 33,
    outChannels: 280,
    kernel: [1, 1],
    strides: [1, 1],
    pad: 'same',
  },
  {
    batch: 9,
    height: 12,
    width: 11,
    inChannels: 4,
    outChannels: 8,
    kernel: [5, 5],
    strides: [1, 1],
    pad: 'same',
  },
  {
    batch: 5,
    height: 3,
    width: 3,
    inChannels: 40,
    outChannels: 12,
    kernel: [3, 3],
    strides: [1, 1],
    pad: 'same',
  },
];

onWasm('convolutions in SIMD', () => {
  it.each([...CONV_CASES, ...LARGE])('have the gradients by definition: %j', async (c) => {
    const {x, filter, dy, dx, dFilter} = convReference(c);
    const attrs = {strides: c.strides, pad: c.pad, dataFormat: 'NHWC' as const};
    await expectNoLeak(() => {
      const input = callKernel(simdConvInput(never), {dy, filter}, {...attrs, inputShape: x.shape});
      const weights = callKernel(
        simdConvFilter(never),
        {x, dy},
        {...attrs, filterShape: filter.shape},
      );
      expect(input.shape).toEqual(x.shape);
      expect(weights.shape).toEqual(filter.shape);
      expectClose(input, dx, 1e-4);
      expectClose(weights, dFilter, 1e-4);
      tf.dispose([input, weights]);
    });
    tf.dispose([x, filter, dy]);
  });

  it('leave to the fallback what a convolution of dy does better', () => {
    const taken = (size: number, channels: number, kernel: number, strides: number) => {
      const filter = tf.ones<tf.Rank.R4>([kernel, kernel, channels, 2]);
      const inputShape: [number, number, number, number] = [1, size, size, channels];
      const out = Math.ceil(size / strides);
      const attrs = {strides, pad: 'same' as const, dataFormat: 'NHWC' as const, inputShape};
      const inputs = {dy: tf.ones([1, out, out, 2]), filter};
      return (
        callKernel(
          simdConvInput(() => FALLBACK),
          inputs,
          attrs,
        ) === FALLBACK
      );
    };
    expect(taken(8, 8, 3, 1)).toBe(true);
    expect(taken(7, 8, 3, 1)).toBe(false);
    expect(taken(8, 7, 3, 1)).toBe(false);
    expect(taken(8, 8, 1, 1)).toBe(false);
    expect(taken(16, 8, 3, 2)).toBe(false);
  });

  it('leave channels-first and empty batches to the fallback', () => {
    const shape: [number, number, number, number] = [1, 2, 2, 1];
    const x = tf.ones(shape);
    const none = tf.ones([0, 2, 2, 1]);
    const attrs = {strides: 1, pad: 'same' as const, inputShape: shape, filterShape: shape};
    const input = simdConvInput(() => FALLBACK);
    const weights = simdConvFilter(() => FALLBACK);
    const [first, last] = [
      {...attrs, dataFormat: 'NCHW'},
      {...attrs, dataFormat: 'NHWC'},
    ] as const;
    expect(callKernel(input, {dy: x, filter: x}, first)).toBe(FALLBACK);
    expect(callKernel(weights, {x, dy: x}, first)).toBe(FALLBACK);
    expect(callKernel(weights, {x: none, dy: none}, last)).toBe(FALLBACK);
  });
});

describe('convolutions in SIMD', () => {
  it('fall back on other backends', () => {
    const shape: [number, number, number, number] = [1, 2, 2, 1];
    const conv = {strides: 1, pad: 'same' as const, dataFormat: 'NHWC' as const};
    expectFallback(simdConvInput, {...conv, inputShape: shape});
    expectFallback(simdConvFilter, {...conv, filterShape: shape});
  });
});
