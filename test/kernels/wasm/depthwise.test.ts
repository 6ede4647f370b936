import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {simdDepthwiseFilter, simdDepthwiseInput} from '../../../src/kernels/wasm/depthwise';
import {
  callKernel,
  CONV_CASES,
  type ConvCase,
  expectConvGradients,
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
  it.each(CASES)('have the gradients by definition: %j', (c) =>
    expectConvGradients(
      c,
      {input: simdDepthwiseInput(never), filter: simdDepthwiseFilter(never)},
      true,
    ),
  );

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
