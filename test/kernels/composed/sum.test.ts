import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {mean, sum} from '../../../src/kernels/composed/sum';
import {expectNoLeak, int, numbers} from '../../support/tensors';
import {callKernel} from '../support';

const ours = (x: tf.Tensor, axis: number | number[], keepDims = false) =>
  callKernel(sum, {x}, {axis, keepDims});

describe('sum', () => {
  const x = tf.reshape(tf.range(0, 24, 1), [2, 3, 4]);

  it('adds up all but the last axis', async () => {
    await expectNoLeak(() => {
      const total = ours(x, [0, 1]);
      expect(total.shape).toEqual([4]);
      expect(numbers(total)).toEqual([60, 66, 72, 78]);
      total.dispose();
    });
    expect(
      numbers(
        ours(
          tf.tensor2d([
            [1, 2],
            [3, 4],
          ]),
          0,
        ),
      ),
    ).toEqual([4, 6]);
    expect(numbers(ours(x, [-2, -3]))).toEqual([60, 66, 72, 78]);
  });

  it('keeps axes of length 1 when told to', () => {
    expect(ours(x, [0, 1], true).shape).toEqual([1, 1, 4]);
  });

  it('leaves everything else to the shipped kernel', () => {
    const result = tf.scalar(1);
    const cases: [tf.Tensor, number[]][] = [
      [x, [0]],
      [x, [1, 2]],
      [x, [0, 1, 2]],
      [x, []],
      [int([1, 2]), [0]],
      [tf.ones([2, 2], 'int32'), [0]],
      [tf.ones([3]), [0]],
      [tf.ones([0, 2]), [0]],
      [tf.ones([3]), []],
      [tf.scalar(2), []],
    ];
    for (const [input, axis] of cases) {
      const call = () => callKernel(sum, {x: input}, {axis, keepDims: false}, () => result);
      expect(call()).toBe(result);
    }
  });
});

describe('mean', () => {
  const x = tf.reshape(tf.range(0, 24, 1), [2, 3, 4]);

  it('averages over all but the last axis', async () => {
    await expectNoLeak(() => {
      const average = callKernel(mean, {x}, {axis: [0, 1], keepDims: false});
      expect(average.shape).toEqual([4]);
      expect(numbers(average)).toEqual([10, 11, 12, 13]);
      average.dispose();
    });
    const kept = callKernel(mean, {x}, {axis: [0, 1], keepDims: true});
    expect(kept.shape).toEqual([1, 1, 4]);
    expect(numbers(kept)).toEqual([10, 11, 12, 13]);
  });

  it('leaves everything else to the shipped kernel', () => {
    const result = tf.scalar(1);
    const call = () => callKernel(mean, {x}, {axis: [2], keepDims: false}, () => result);
    expect(call()).toBe(result);
  });
});
