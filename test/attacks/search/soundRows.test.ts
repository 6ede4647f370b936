import * as tf from '@tensorflow/tfjs-core';
import {expect, it} from 'vitest';

import {soundRows} from '../../../src/attacks/search/soundRows';
import {liesInMemory} from '../../../src/math/rows';
import {numbers} from '../../support/tensors';

it('replaces whole examples', () => {
  tf.tidy(() => {
    const points = tf.tensor2d([[1, NaN], [2, 3], [Infinity, 0]]); // prettier-ignore
    const clean = tf.tensor2d([[7, 8], [9, 10], [11, 12]]); // prettier-ignore
    expect(numbers(soundRows(points, clean, []))).toEqual([7, 8, 2, 3, 11, 12]);
    expect(numbers(soundRows(clean, points, []))).toEqual(numbers(clean));
    if (liesInMemory()) expect(soundRows(clean, points, [])).toBe(clean);
    expect(soundRows(clean, points, [0, 1, 2])).toBe(clean);
    expect(numbers(soundRows(clean, tf.zeros([3, 2]), [0, NaN, 2]))).toEqual([7, 8, 0, 0, 11, 12]);
  });
});
