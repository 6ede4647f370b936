import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {simdDepthwiseFilter, simdDepthwiseInput} from '../../../src/kernels/wasm/depthwise';
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

const CASES: ConvCase[] = [
  ...CONV_CASES.map((c) => ({...c, outChannels: 1})),
  {
    batch: 2,
    height: 7,
    width: 6,
    inChannels: 9,
    outChannels: 1,
    kernel: [3, 2],
    strides: [1, 1],
    dilations: [2, 3],
    pad: 'same',
  },
];

onWasm('depthwise convolutions in SIMD', () => {
  it.each(CASES)('have the gradients by definition: %j', async (c) => {
    const {x, filter, dy, dx, dFilter} = convReference(c, true);
    const attrs = {strides: c.strides, pad: c.pad, dilations: c.dilations ?? 1};
    await expectNoLeak(() => {
      const input = callKernel(
        simdDepthwiseInput(never),
        {dy, filter},
        {...attrs, inputShape: x.shape},
      );
      const weights = callKernel(
        simdDepthwiseFilter(never),
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

  it('leave several outputs per channel to the fallback', () => {
    const x = tf.ones<tf.Rank.R4>([1, 4, 4, 2]);
    const filter = tf.ones<tf.Rank.R4>([3, 3, 2, 2]);
    const dy = tf.ones([1, 4, 4, 4]);
    const attrs = {strides: 1, pad: 'same' as const, dilations: 1};
    const [input, weights] = [
      simdDepthwiseInput(() => FALLBACK),
      simdDepthwiseFilter(() => FALLBACK),
    ];
    expect(callKernel(input, {dy, filter}, {...attrs, inputShape: x.shape})).toBe(FALLBACK);
    expect(callKernel(weights, {x, dy}, {...attrs, filterShape: filter.shape})).toBe(FALLBACK);
  });
});

describe('depthwise convolutions in SIMD', () => {
  it('fall back on other backends', () => {
    const shape: [number, number, number, number] = [1, 2, 2, 1];
    const conv = {strides: 1, pad: 'same' as const, dilations: 1};
    expectFallback(simdDepthwiseInput, {...conv, inputShape: shape});
    expectFallback(simdDepthwiseFilter, {...conv, filterShape: shape});
  });
});
