import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {samePadding} from '../../../src/kernels/composed/samePadding';
import {
  simdConv,
  simdConvFilter,
  simdConvInput,
  simdFusedConv,
} from '../../../src/kernels/wasm/convolution';
import {expectClose, expectNoLeak, numbers} from '../../support/tensors';
import {
  callKernel,
  CONV_CASES,
  type ConvCase,
  convReference,
  expectConvGradients,
  expectFallback,
  FALLBACK,
  never,
  onRelaxedWasm,
  onWasm,
  shippedKernel,
} from '../support';

// Beyond one tile, one block of depth and one chunk of windows; three of them run by Winograd.
const LARGE = (
  [
    [3, 9, 9, 13, 17, 3, 2, 'same'],
    [2, 6, 7, 33, 280, 1, 1, 'same'],
    [9, 12, 11, 4, 8, 5, 1, 'same'],
    [3, 9, 8, 12, 20, 3, 1, 'same'],
    [2, 12, 13, 8, 4, 3, 1, 'valid'],
    [2, 12, 13, 8, 4, 3, 1, 4],
    [5, 3, 3, 40, 12, 3, 1, 'same'],
  ] as const
).map(([batch, height, width, inChannels, outChannels, side, stride, pad]): ConvCase => ({
  ...{batch, height, width, inChannels, outChannels, pad},
  kernel: [side, side],
  strides: [stride, stride],
}));

// Products of matrices, were they not padded on one side.
const PADDED = ([1, 2] as const).map((axis): ConvCase => ({
  ...{batch: 2, height: 6, width: 7, inChannels: 33, outChannels: 32},
  ...{kernel: [1, 1], strides: [1, 1]},
  pad: [[0, 0], axis === 1 ? [1, 2] : [0, 0], axis === 2 ? [1, 2] : [0, 0], [0, 0]],
}));

const conv = {
  strides: 1,
  pad: 'same',
  dataFormat: 'NHWC',
  dilations: 1,
  dimRoundingMode: undefined as unknown as 'floor',
} as const;

// Where the padding is a number, tfjs takes the output's width from strides[0], and XNNPACK does not.
const isSound = ({strides, kernel, pad}: ConvCase) =>
  typeof pad !== 'number' || (strides[0] === strides[1] && kernel[0] === kernel[1]);

for (const on of [onWasm, onRelaxedWasm])
  on('convolutions in SIMD', () => {
    it.each([...CONV_CASES, ...LARGE, ...PADDED].filter(isSound))(
      'are convolutions by definition: %j',
      async (c) => {
        const {x, filter, dy, y} = convReference(c);
        const attrs = {...conv, strides: c.strides, pad: c.pad};
        const fused = {...attrs, activation: 'relu' as const, leakyreluAlpha: 0};
        const bias = tf.linspace(-1, 1, c.outChannels);
        const plus = Array.from(bias.dataSync());
        await expectNoLeak(() => {
          const plain = callKernel(
            simdConv(samePadding),
            {x, filter},
            attrs,
            shippedKernel(tf.Conv2D),
          );
          const inputs = {x, filter, bias};
          const cut = callKernel(
            simdFusedConv(samePadding),
            inputs,
            fused,
            shippedKernel(tf.FusedConv2D),
          );
          expect(plain.shape).toEqual(dy.shape);
          expectClose(plain, y, 1e-5);
          expectClose(
            cut,
            y.map((v, i) => Math.max(0, v + (plus[i % c.outChannels] as number))),
            1e-5,
          );
          tf.dispose([plain, cut]);
        });
        tf.dispose([x, filter, dy, bias]);
      },
    );

    it('are as shipped with other activations, dilations and layouts', () => {
      const x = tf.ones([1, 16, 16, 4]);
      const filter = tf.ones([3, 3, 4, 4]);
      const bias = tf.ones([4]);
      const otherwise = () => FALLBACK;
      const fused = (changed: Partial<tf.FusedConv2DAttrs>, withBias: tf.Tensor = bias) => {
        const attrs = {...conv, activation: 'linear' as const, leakyreluAlpha: 0, ...changed};
        const y = callKernel(simdFusedConv(otherwise), {x, filter, bias: withBias}, attrs);
        if (y !== FALLBACK) y.dispose();
        return y === FALLBACK;
      };
      expect(fused({})).toBe(false);
      expect(fused({activation: 'relu'})).toBe(false);
      expect(fused({activation: 'relu6'})).toBe(true);
      expect(fused({activation: 'prelu'})).toBe(true);
      expect(fused({}, tf.scalar(1))).toBe(true);
      const plain = (changed: Partial<tf.Conv2DAttrs>) => {
        const y = callKernel(simdConv(otherwise), {x, filter}, {...conv, ...changed});
        if (y !== FALLBACK) y.dispose();
        return y === FALLBACK;
      };
      expect(plain({})).toBe(false);
      expect(plain({strides: 2})).toBe(false);
      expect(plain({strides: [1, 2]})).toBe(false);
      expect(plain({pad: 1, strides: [1, 2]})).toBe(true);
      const uneven = tf.ones<tf.Rank.R4>([3, 2, 4, 4]);
      const padded = (pad: 'same' | number) => {
        const y = callKernel(simdConv(otherwise), {x, filter: uneven}, {...conv, pad} as never);
        if (y !== FALLBACK) y.dispose();
        return y === FALLBACK;
      };
      expect([padded('same'), padded(1)]).toEqual([false, true]);
      uneven.dispose();
      expect(plain({dilations: 2})).toBe(true);
      expect(plain({dataFormat: 'NCHW'})).toBe(true);
      tf.dispose([x, filter, bias]);
    });

    it.each([...CONV_CASES, ...LARGE])('have the gradients by definition: %j', (c) =>
      expectConvGradients(c, {input: simdConvInput(never), filter: simdConvFilter(never)}),
    );

    it('of single pixels are products of matrices', () => {
      const taken = (channels: number, more: Partial<typeof conv> = {}, outChannels = 5) => {
        const x = tf.ones<tf.Rank.R4>([2, 4, 4, channels]);
        const filter = tf.ones<tf.Rank.R4>([1, 1, channels, outChannels]);
        const run = simdConv(() => FALLBACK);
        const result = callKernel(run, {x, filter}, {...conv, ...more});
        if (result !== FALLBACK) expect(numbers(result)).toEqual(new Array(160).fill(channels));
        return result !== FALLBACK;
      };
      expect(taken(24)).toBe(true);
      expect(taken(23)).toBe(false);
      expect(taken(24, {strides: 5 as never})).toBe(false);
      expect(taken(24, {pad: 1 as never})).toBe(false);
      expect(taken(24, {}, 0)).toBe(false);
    });

    it('leave to the fallback no gradient of stride 1 or 2', () => {
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
      expect(taken(8, 8, 3, 1)).toBe(false);
      expect(taken(7, 8, 3, 1)).toBe(false);
      expect(taken(8, 7, 3, 1)).toBe(false);
      expect(taken(8, 8, 1, 1)).toBe(false);
      expect(taken(16, 8, 3, 2)).toBe(false);
    });

    it('leave to the fallback a gradient where some of dy reaches no input', () => {
      const shape: [number, number, number, number] = [1, 9, 9, 8];
      const attrs = {strides: 1, pad: 3, dataFormat: 'NHWC' as const, inputShape: shape};
      const inputs = {dy: tf.ones([1, 13, 13, 2]), filter: tf.ones([3, 3, 8, 2])};
      const kernel = simdConvInput(() => FALLBACK);
      expect(callKernel(kernel, inputs, attrs)).toBe(FALLBACK);
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
