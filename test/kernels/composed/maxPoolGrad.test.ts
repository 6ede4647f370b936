import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {maxPoolGrad} from '../../../src/kernels/composed/maxPoolGrad';
import {seeded} from '../../support/models';
import {expectClose, expectNoLeak, numbers} from '../../support/tensors';
import {callKernel, finiteDifferences, POOL_CASES} from '../support';

const pool = (
  x: tf.Tensor,
  dy: tf.Tensor,
  filterSize: [number, number],
  strides: [number, number],
  pad: 'same' | 'valid' | number,
) => callKernel(maxPoolGrad, {input: x, dy}, {filterSize, strides, pad});

describe('maxPoolGrad', () => {
  it.each([-3, 0, 3])('agrees with finite differences, inputs around %d', async (centre) => {
    for (const [size, stride, pad] of POOL_CASES) {
      for (const shape of [
        [1, 4, 5, 2],
        [2, 5, 5, 1],
      ] as [number, number, number, number][]) {
        // Distinct values: a step of the differences must not change which is the largest.
        const order = numbers(seeded(shape, 5)).map((v, i) => [v, i] as const);
        const rank = new Map(order.sort(([a], [b]) => a - b).map(([, i], r) => [i, r]));
        const x = tf.tensor4d(
          order.map((_, i) => centre + 0.05 * ((rank.get(i) ?? 0) - order.length / 2)),
          shape,
        );
        const forward = (v: tf.Tensor) => tf.maxPool(v as tf.Tensor4D, size, stride, pad);
        const dy = seeded(forward(x).shape, 6);
        const expected = finiteDifferences((v) => tf.sum(tf.mul(forward(v), dy)), x);
        await expectNoLeak(() => {
          const gradient = pool(x, dy, [size, size], [stride, stride], pad);
          expect(gradient.shape).toEqual(shape);
          expectClose(gradient, expected, 2e-3);
          gradient.dispose();
        });
      }
    }
  });

  it('gives a tie to the first, and overlapping windows their sum', () => {
    const x = tf.tensor4d([0, 0, -1], [1, 1, 3, 1]);
    const dy = tf.tensor4d([2, 5], [1, 1, 2, 1]);
    expect(numbers(pool(x, dy, [1, 2], [1, 1], 'valid'))).toEqual([2, 5, 0]);
    const peak = tf.tensor4d([-2, -1, -3], [1, 1, 3, 1]);
    expect(numbers(pool(peak, dy, [1, 2], [1, 1], 'valid'))).toEqual([0, 7, 0]);
  });
});
