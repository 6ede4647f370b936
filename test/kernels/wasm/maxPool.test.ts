import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {maxPoolGrad} from '../../../src/kernels/composed/maxPoolGrad';
import {simdMaxPoolGrad} from '../../../src/kernels/wasm/maxPool';
import {seeded} from '../../support/models';
import {expectClose, expectNoLeak, numbers} from '../../support/tensors';
import {callKernel, expectFallback, FALLBACK, never, onWasm, POOL_CASES} from '../support';

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
