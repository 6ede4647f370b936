import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {bestOther, logitRatio, oneHotRows} from '../../src/losses/logitRatio';
import {expectClose, int, numbers} from '../support/tensors';

const tidy = (body: () => void) => () => {
  tf.tidy(body);
};

describe('oneHotRows', () => {
  it(
    'is float32, which the products need',
    tidy(() => {
      const rows = oneHotRows(int([2, 0]), 3);
      expect(rows.dtype).toBe('float32');
      expect(numbers(rows)).toEqual([0, 0, 1, 1, 0, 0]);
    }),
  );
});

describe('bestOther', () => {
  const best = (z: number[], y: number) =>
    numbers(bestOther(tf.tensor2d([z]), oneHotRows(int([y]), z.length)));

  it(
    'leaves out the own class, whatever the size of the logits',
    tidy(() => {
      expect(best([3, 2, 5, 1], 2)).toEqual([1, 0, 0, 0]);
      expect(best([3, 2, 5, 1], 0)).toEqual([0, 0, 1, 0]);
      expect(best([1e30, -1e30, -2e30], 0)).toEqual([0, 1, 0]);
    }),
  );

  it(
    'takes the first of equal ones',
    tidy(() => {
      expect(best([4, 1, 1], 0)).toEqual([0, 1, 0]);
      expect(best([1, 1, 1], 0)).toEqual([0, 1, 0]);
    }),
  );
});

describe('logitRatio', () => {
  const second = (_: tf.Tensor, own: tf.Tensor2D) => oneHotRows(int([1]), own.shape[1]);

  it(
    'weighs logits by rank in the denominator',
    tidy(() => {
      const z = tf.tensor2d([[3, 2, 5, 1]]);
      // −(3 − 2) / (2·5 − 1·3 − ½·1), and −(3 − 2)
      expectClose(logitRatio(z, int([0]), second, [2, -1, 0, -0.5]), [-1 / 6.5], 1e-6);
      expectClose(logitRatio(z, int([0]), second, []), [-1], 1e-6);
    }),
  );

  it(
    'comes back from logits that are not finite',
    tidy(() => {
      const z = tf.tensor2d([
        [NaN, NaN, NaN, NaN],
        [Infinity, 0, 0, 0],
        [3, 2, 5, 1],
      ]);
      const [first, , last] = numbers(
        logitRatio(z, int([0, 0, 0]), (l, own) => bestOther(l, own), [1, 0, -1]),
      );
      expect(first).toBeNaN();
      expect(last).toBeCloseTo(2 / 3, 5);
    }),
  );
});
