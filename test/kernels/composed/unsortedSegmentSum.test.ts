import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {unsortedSegmentSum} from '../../../src/kernels/composed/unsortedSegmentSum';
import {expectNoLeak, int, numbers} from '../../support/tensors';
import {callKernel} from '../support';

const sums = (x: tf.Tensor, segmentIds: tf.Tensor, numSegments: number) =>
  callKernel(unsortedSegmentSum, {x, segmentIds}, {numSegments});

describe('unsortedSegmentSum', () => {
  it('adds up rows by segment; those of no segment are left out', async () => {
    const x = tf.tensor2d([
      [1, 2],
      [3, 4],
      [5, 6],
      [7, 8],
    ]);
    const ids = int([2, 0, 2, -1]);
    await expectNoLeak(() => {
      const result = sums(x, ids, 3);
      expect(result.shape).toEqual([3, 2]);
      expect(numbers(result)).toEqual([3, 4, 0, 0, 6, 8]);
      result.dispose();
    });
    expect(numbers(sums(x, int([3, 2, 3, 0]), 3))).toEqual([7, 8, 0, 0, 3, 4]);
  });

  it('takes vectors, and keeps int32', () => {
    const result = sums(int([1, 2, 3]), int([1, 1, 0]), 2);
    expect(result.dtype).toBe('int32');
    expect(numbers(result)).toEqual([3, 3]);
  });

  it('takes one id per entry', () => {
    const ids = tf.tensor2d(
      [
        [0, 1],
        [1, 1],
      ],
      [2, 2],
      'int32',
    );
    expect(
      numbers(
        sums(
          tf.tensor2d([
            [1, 2],
            [3, 4],
          ]),
          ids,
          2,
        ),
      ),
    ).toEqual([1, 0, 3, 6]);
  });
});
