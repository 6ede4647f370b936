import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {simdAddRow} from '../../../src/kernels/wasm/addRow';
import {seeded} from '../../support/models';
import {expectNoLeak, numbers} from '../../support/tensors';
import {callKernel, expectFallback, FALLBACK, never, onWasm} from '../support';

onWasm('simdAddRow', () => {
  it.each([1, 3, 4, 7, 16, 39])('adds a row of %d values to each', async (channels) => {
    const [a, b] = [seeded([3, 5, channels], 1), seeded([channels], 2)];
    const row = numbers(b);
    const expected = numbers(a).map((value, i) => Math.fround(value + (row[i % channels] ?? NaN)));
    await expectNoLeak(() => {
      const sum = callKernel(simdAddRow(never), {a, b}, {});
      expect(sum.shape).toEqual([3, 5, channels]);
      expect(numbers(sum)).toEqual(expected);
      sum.dispose();
    });
  });

  it.each([
    ['a row of another length', tf.ones([2, 3]), tf.ones([1])],
    ['a matrix', tf.ones([2, 3]), tf.ones([2, 3])],
    ['a row and a row', tf.ones([3]), tf.ones([3])],
    ['one row', tf.ones([1, 3]), tf.ones([3])],
    ['a row and a matrix', tf.ones([3]), tf.ones([2, 3])],
    ['integers', tf.ones([2, 3], 'int32'), tf.ones([3], 'int32')],
    ['a row of integers', tf.ones([2, 3]), tf.ones([3], 'int32')],
    ['no rows', tf.ones([0, 3]), tf.ones([3])],
  ])('leaves %s to the fallback', (_, a, b) => {
    const kernel = simdAddRow(() => FALLBACK);
    expect(callKernel(kernel, {a, b}, {})).toBe(FALLBACK);
  });
});

describe('simdAddRow', () => {
  it('falls back on other backends', () => {
    expectFallback(simdAddRow, {});
  });
});
