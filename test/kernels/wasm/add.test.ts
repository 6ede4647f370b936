import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {simdAdd} from '../../../src/kernels/wasm/add';
import {seeded} from '../../support/models';
import {expectNoLeak, numbers} from '../../support/tensors';
import {callKernel, expectFallback, FALLBACK, never, onWasm} from '../support';

onWasm('simdAdd', () => {
  it.each([1, 3, 4, 7, 16, 39])('adds a row of %d values to each', async (channels) => {
    const [a, b] = [seeded([3, 5, channels], 1), seeded([channels], 2)];
    const row = numbers(b);
    const expected = numbers(a).map((value, i) => Math.fround(value + (row[i % channels] ?? NaN)));
    await expectNoLeak(() => {
      const sum = callKernel(simdAdd(never), {a, b}, {});
      expect(sum.shape).toEqual([3, 5, channels]);
      expect(numbers(sum)).toEqual(expected);
      sum.dispose();
    });
  });

  it.each([[[7]], [[2, 3, 5]], [[1, 16]], [[0, 3]], [[]]])(
    'adds %j and the same',
    async (shape) => {
      const [a, b] = [seeded(shape, 1), seeded(shape, 2)];
      const expected = numbers(a).map((value, i) => Math.fround(value + (numbers(b)[i] ?? NaN)));
      await expectNoLeak(() => {
        const sum = callKernel(simdAdd(never), {a, b}, {});
        expect(sum.shape).toEqual(shape);
        expect(numbers(sum)).toEqual(expected);
        sum.dispose();
      });
    },
  );

  it.each([
    ['a row of another length', tf.ones([2, 3]), tf.ones([1])],
    ['another shape', tf.ones([2, 3]), tf.ones([3, 2])],
    ['as many in another rank', tf.ones([6]), tf.ones([2, 3])],
    ['one row', tf.ones([1, 3]), tf.ones([3])],
    ['a row and a matrix', tf.ones([3]), tf.ones([2, 3])],
    ['integers', tf.ones([2, 3], 'int32'), tf.ones([3], 'int32')],
    ['a row of integers', tf.ones([2, 3]), tf.ones([3], 'int32')],
    ['no rows', tf.ones([0, 3]), tf.ones([3])],
  ])('leaves %s to the fallback', (_, a, b) => {
    const kernel = simdAdd(() => FALLBACK);
    expect(callKernel(kernel, {a, b}, {})).toBe(FALLBACK);
  });
});

describe('simdAdd', () => {
  it('falls back on other backends', () => {
    expectFallback(simdAdd, {});
  });
});
