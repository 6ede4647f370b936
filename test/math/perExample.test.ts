import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {broadcastPerExample, exampleAxes, l2Norms, squaredNorms} from '../../src/math/perExample';
import {expectClose, numbers} from '../support/tensors';

describe('exampleAxes', () => {
  it('are all but the first', () => {
    tf.tidy(() => {
      expect(exampleAxes(tf.zeros([2, 3, 4, 5]))).toEqual([1, 2, 3]);
      expect(exampleAxes(tf.zeros([2, 3]))).toEqual([1]);
      expect(exampleAxes(tf.zeros([2]))).toEqual([]);
    });
  });
});

describe('broadcastPerExample', () => {
  it('makes a scalar of a number and a column of a list', () => {
    tf.tidy(() => {
      const x = tf.ones([2, 3, 1]);
      expect(broadcastPerExample(0.5, x).shape).toEqual([]);
      expect(numbers(broadcastPerExample(0.5, x))).toEqual([0.5]);
      for (const list of [[2, 3], Float32Array.of(2, 3)]) {
        const column = broadcastPerExample(list, x);
        expect(column.shape).toEqual([2, 1, 1]);
        expect(column.dtype).toBe('float32');
        expect(numbers(tf.mul(x, column))).toEqual([2, 2, 2, 3, 3, 3]);
      }
    });
  });
});

describe('l2Norms', () => {
  it('measures each example over all its axes', () => {
    tf.tidy(() => {
      const norms = l2Norms(tf.tensor3d([3, 0, 0, 4, 0, 0, 0, 0], [2, 2, 2]));
      expect(norms.shape).toEqual([2, 1, 1]);
      expectClose(norms, [5, 0]);
    });
  });
});

describe('squaredNorms', () => {
  it('sums over all axes but the first, however many there are', () => {
    tf.tidy(() => {
      const values = [1, -2, 3, 4, 0.5, 0, -1, 2];
      for (const shape of [
        [2, 4],
        [2, 2, 2],
        [2, 2, 1, 2],
        [2, 1, 2, 1, 2],
      ]) {
        const sums = squaredNorms(tf.tensor(values, shape));
        expect(sums.shape).toEqual([2, ...shape.slice(1).map(() => 1)]);
        expect(numbers(sums)).toEqual([30, 5.25]);
      }
    });
  });

  it('stays exact to float32 on large images', () => {
    tf.tidy(() => {
      const values = Float32Array.from({length: 224 * 224 * 3}, (_, i) => 0.1 + (i % 7) / 10);
      const exact = values.reduce((sum, value) => sum + value * value, 0);
      const [sum = NaN] = numbers(squaredNorms(tf.tensor4d(values, [1, 224, 224, 3])));
      expect(Math.abs(sum / exact - 1)).toBeLessThan(5e-6);
    });
  });
});
