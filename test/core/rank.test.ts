import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {ofRank, ofRankOf} from '../../src/core/rank';

describe('ofRank', () => {
  it('gives the tensor itself, and refuses one of another rank', () => {
    const matrix: tf.Tensor = tf.zeros([2, 3]);
    const typed: tf.Tensor2D = ofRank(matrix, 2);
    expect(typed).toBe(matrix);
    expect(() => ofRank(matrix, 4)).toThrow(new RangeError('a tensor of rank 2, not 4'));
    matrix.dispose();
  });
});

describe('ofRankOf', () => {
  it('takes the type of a tensor of the same rank', () => {
    const [image, made]: [tf.Tensor4D, tf.Tensor] = [tf.zeros([1, 2, 2, 1]), tf.ones([3, 1, 1, 1])];
    const typed: tf.Tensor4D = ofRankOf(made, image);
    expect(typed).toBe(made);
    expect(() => ofRankOf(tf.scalar(0), image)).toThrow(
      new RangeError('a tensor of rank 0, not 4'),
    );
    tf.dispose([image, made]);
  });
});
