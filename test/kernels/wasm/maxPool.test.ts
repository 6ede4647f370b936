import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {maxPoolGrad} from '../../../src/kernels/composed/maxPoolGrad';
import {simdMaxPool, simdMaxPoolGrad} from '../../../src/kernels/wasm/maxPool';
import {seeded} from '../../support/models';
import {expectClose, expectNoLeak, numbers} from '../../support/tensors';
import {callKernel, expectFallback, FALLBACK, never, onWasm, POOL_CASES} from '../support';

onWasm('simdMaxPool', () => {
  const attrs = {filterSize: 2, strides: 2, pad: 'valid'} as const;

  it.each([
    [1, 2, 2, 4],
    [3, 7, 5, 12],
    [2, 6, 8, 20],
  ] as const)("has tfjs's values: [%d, %d, %d, %d]", async (...shape) => {
    await expectNoLeak(() => {
      const x = seeded([...shape], 1) as tf.Tensor4D;
      const [ours, theirs] = [
        callKernel(simdMaxPool(never), {x}, attrs),
        tf.maxPool(x, 2, 2, 'valid'),
      ];
      expect(ours.shape).toEqual(theirs.shape);
      expect(numbers(ours)).toEqual(numbers(theirs));
      tf.dispose([x, ours, theirs]);
    });
  });

  it('takes the largest of zeros and infinities too, and NaN wherever it is', async () => {
    const odd = [NaN, -0, 1, -Infinity, Infinity];
    const pairs = odd.flatMap((a) => odd.map((b) => [a, b]));
    const windows = pairs.flatMap((above) => pairs.map((under) => [...above, ...under]));
    await expectNoLeak(() => {
      const values = windows.flatMap((window) => window.flatMap((v) => [v, v, v, v]));
      const x = tf.tensor4d(values, [windows.length, 2, 2, 4]);
      const y = callKernel(simdMaxPool(never), {x}, attrs);
      // Math.max knows NaN as well; 0 is added as the sign of a zero does not matter.
      const expected = windows.flatMap((window) =>
        new Array<number>(4).fill(Math.max(...window) + 0),
      );
      expect(numbers(y).map((value) => value + 0)).toEqual(expected);
      tf.dispose([x, y]);
    });
  });

  it.each([
    ['other windows', tf.ones<tf.Rank.R4>([1, 6, 6, 4]), {...attrs, filterSize: 3}],
    ['overlapping ones', tf.ones<tf.Rank.R4>([1, 6, 6, 4]), {...attrs, strides: 1}],
    ['padding', tf.ones<tf.Rank.R4>([1, 5, 6, 4]), {...attrs, pad: 'same' as const}],
    ['three channels', tf.ones<tf.Rank.R4>([1, 6, 6, 3]), attrs],
    ['integers', tf.ones<tf.Rank.R4>([1, 6, 6, 4], 'int32'), attrs],
    ['no examples', tf.ones<tf.Rank.R4>([0, 6, 6, 4]), attrs],
  ])('leaves %s to the fallback', (_, x, given) => {
    const kernel = simdMaxPool(() => FALLBACK);
    expect(callKernel(kernel, {x}, given)).toBe(FALLBACK);
  });
});

onWasm('simdMaxPoolGrad', () => {
  it.each([-3, 0, 3])('is the composed kernel, inputs around %d', async (centre) => {
    for (const [size, stride, pad] of POOL_CASES) {
      for (const shape of [
        [1, 4, 5, 2],
        [2, 5, 5, 7],
        [3, 6, 6, 8],
        [2, 7, 4, 12],
      ] as const) {
        // Rounded: with ties.
        const input = tf.add(tf.round(seeded([...shape], 1, 3)), centre) as tf.Tensor4D;
        const dy = seeded(tf.maxPool(input, size, stride, pad).shape, 2);
        const attrs = {filterSize: size, strides: stride, pad};
        await expectNoLeak(() => {
          const expected = callKernel(maxPoolGrad, {input, dy}, attrs);
          const actual = callKernel(simdMaxPoolGrad(never), {input, dy}, attrs);
          expect(actual.shape).toEqual(shape);
          expectClose(actual, numbers(expected), 1e-6);
          tf.dispose([expected, actual]);
        });
      }
    }
  });

  it('gives nothing to a window without a number above minus infinity', () => {
    const input = tf.fill<tf.Rank.R4>([1, 4, 4, 4], -Infinity);
    const dy = tf.ones<tf.Rank.R4>([1, 2, 2, 4]);
    const attrs = {filterSize: 2, strides: 2, pad: 'valid' as const};
    const dx = callKernel(simdMaxPoolGrad(never), {input, dy}, attrs);
    expect(numbers(dx)).toEqual(new Array(64).fill(0));
    tf.dispose([input, dy, dx]);
  });

  it('leaves integers to the fallback', () => {
    const input = tf.ones<tf.Rank.R4>([1, 2, 2, 1], 'int32');
    const attrs = {filterSize: 2, strides: 2, pad: 'same' as const};
    const kernel = simdMaxPoolGrad(() => FALLBACK);
    expect(callKernel(kernel, {input, dy: tf.ones([1, 1, 1, 1])}, attrs)).toBe(FALLBACK);
  });
});

describe('simdMaxPoolGrad', () => {
  it('falls back on other backends', () => {
    expectFallback(simdMaxPoolGrad, {filterSize: 1, strides: 1, pad: 'same'});
  });
});
