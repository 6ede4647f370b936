import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {isAlongLastAxes} from '../../../src/kernels/composed/batchNormInputs';
import {withGradientKernels} from '../../../src/kernels/withGradientKernels';
import {seeded} from '../../support/models';
import {expectClose, expectNoLeak, numbers} from '../../support/tensors';

describe('batch norm without scale or offset', () => {
  it('is that with a scale of 1 and an offset of 0, and leaks nothing', async () => {
    const x = seeded<tf.Rank.R4>([2, 2, 3, 3], 1);
    const [mean, variance] = [seeded<tf.Rank.R1>([3], 2), tf.tensor1d([0.5, 1, 2])];
    const [ones, zeros] = [tf.ones<tf.Rank.R1>([3]), tf.zeros<tf.Rank.R1>([3])];
    const gradients = (scale?: tf.Tensor1D, offset?: tf.Tensor1D) =>
      withGradientKernels(() =>
        tf.grads(
          (v, m, s) =>
          tf.square(tf.batchNorm4d(v as tf.Tensor4D, m as tf.Tensor1D, s as tf.Tensor1D, offset, scale)), // prettier-ignore
        )([x, mean, variance]),
      );
    const expected = gradients(ones, zeros).map(numbers);
    for (const [scale, offset] of [
      [undefined, undefined],
      [ones, undefined],
      [undefined, zeros],
    ]) {
      // prettier-ignore
      await expectNoLeak(() => {
        const given = gradients(scale, offset);
        given.forEach((gradient, i) => expectClose(gradient, expected[i] as number[]));
        tf.dispose(given);
      });
    }
  });

  it('computes without a tape, too', () => {
    const x = tf.tensor2d([[1, 2]]);
    const y = withGradientKernels(() =>
      tf.batchNorm2d(x, tf.tensor1d([1, 1]), tf.tensor1d([1, 4]), undefined, undefined, 0),
    );
    expectClose(y, [0, 0.5], 1e-6);
    expect(y.shape).toEqual([1, 2]);
  });
});

describe('isAlongLastAxes', () => {
  it.each<[number[], number[], boolean]>([
    [[2, 3, 4], [4], true],
    [[2, 3, 4], [1, 1, 4], true],
    [[2, 3, 4], [3, 4], true],
    [[2, 3, 4], [1, 1, 1], true],
    [[2, 3, 4], [1], true],
    [[2, 3, 4], [3, 1], false],
    [[2, 3, 4], [2, 1, 4], false],
    [[4, 3, 4], [4, 1, 1], false],
    [[2, 4, 4], [1, 4, 1], false],
  ])('of %j, statistics %j: %s', (shape, mean, expected) => {
    const [x, m] = [tf.zeros(shape), tf.zeros(mean)];
    expect(isAlongLastAxes(x, m)).toBe(expected);
    tf.dispose([x, m]);
  });
});
