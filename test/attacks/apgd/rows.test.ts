import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {blendRows} from '../../../src/attacks/apgd/rows';
import {numbers} from '../../support/tensors';

describe('blendRows', () => {
  it.each([
    {isChosen: [true, false], expected: [1, 2, 7, 8]},
    {isChosen: [false, true], expected: [5, 6, 3, 4]},
    {isChosen: [true, true], expected: [1, 2, 3, 4]},
    {isChosen: [false, false], expected: [5, 6, 7, 8]},
  ])('takes $isChosen', ({isChosen, expected}) => {
    const chosen = tf.tensor4d([1, 2, 3, 4], [2, 1, 2, 1]);
    const other = tf.tensor4d([5, 6, 7, 8], [2, 1, 2, 1]);
    const before = tf.memory().numTensors;
    const blended = blendRows(chosen, other, isChosen);
    expect(tf.memory().numTensors).toBe(before + 1);
    expect(blended.shape).toEqual([2, 1, 2, 1]);
    // A tensor of its own, whichever it is of.
    tf.dispose([chosen, other]);
    expect(numbers(blended)).toEqual(expected);
    blended.dispose();
  });

  it('is exact', () => {
    tf.tidy(() => {
      const chosen = tf.tensor2d([[0.1], [8 / 255]]);
      const other = tf.tensor2d([[1e-30], [1 / 3]]);
      expect(numbers(blendRows(chosen, other, [false, true]))).toEqual([
        Math.fround(1e-30),
        Math.fround(8 / 255),
      ]);
    });
  });
});
