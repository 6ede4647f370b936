import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {batchMatMul} from '../../../src/kernels/composed/batchMatMul';
import {withGradientKernels} from '../../../src/kernels/withGradientKernels';
import {seeded} from '../../support/models';
import {expectClose, expectNoLeak, numbers} from '../../support/tensors';
import {callKernel, shippedKernel} from '../support';

describe('batchMatMul', () => {
  it.each([
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ])('multiplies as defined: transposeA %s, transposeB %s', async (transposeA, transposeB) => {
    for (const batch of [[], [1], [3]]) {
      const a = seeded([...batch, ...(transposeA ? [4, 2] : [2, 4])], 1);
      const b = seeded([...batch, ...(transposeB ? [5, 4] : [4, 5])], 2);
      const [as, bs] = [numbers(a), numbers(b)];
      const expected = Array.from({length: (batch[0] ?? 1) * 10}, (_, i) => {
        const [n, row, column] = [Math.floor(i / 10), Math.floor(i / 5) % 2, i % 5];
        return [0, 1, 2, 3].reduce((sum, k) => {
          const left = as[n * 8 + (transposeA ? k * 2 + row : row * 4 + k)] as number;
          const right = bs[n * 20 + (transposeB ? column * 4 + k : k * 5 + column)] as number;
          return sum + left * right;
        }, 0);
      });
      const shipped = shippedKernel(tf.BatchMatMul);
      const product = callKernel(batchMatMul, {a, b}, {transposeA, transposeB}, shipped);
      expect(product.shape).toEqual([...batch, 2, 5]);
      expectClose(product, expected);
      tf.dispose([a, b]);
    }
  });

  it('takes the same values in two shapes, which stock wasm gets wrong', () => {
    const row = tf.tensor1d([1, 2, 3, 4]);
    const [a, b] = [seeded([3, 1], 1), seeded([3, 4], 2)];
    const [outer, inner] = withGradientKernels(() => [
      tf.matMul(a, tf.reshape(row, [1, 4])),
      tf.matMul(b, tf.reshape(row, [4, 1])),
    ]) as [tf.Tensor, tf.Tensor];
    const [as, bs] = [numbers(a), numbers(b)];
    expectClose(outer, as.flatMap((value) => [1, 2, 3, 4].map((factor) => value * factor))); // prettier-ignore
    expectClose(inner, [0, 1, 2].map((i) => [1, 2, 3, 4].reduce((sum, factor, k) => sum + factor * (bs[4 * i + k] as number), 0))); // prettier-ignore
  });

  it('leaks nothing when it transposes', async () => {
    const a = seeded([4, 2], 1);
    await expectNoLeak(() => {
      callKernel(batchMatMul, {a, b: a}, {transposeA: true, transposeB: false}).dispose();
    });
  });
});
