import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {crossEntropy} from '../../src/losses/crossEntropy';
import {labelSmoothingLoss} from '../../src/losses/labelSmoothingLoss';
import {seeded} from '../support/models';
import {expectClose, int, numbers} from '../support/tensors';

const Z = () => seeded<tf.Rank.R2>([3, 4], 4, 3);
const labels = () => int([0, 2, 3]);

describe('labelSmoothingLoss', () => {
  it('is cross-entropy with labels that were smoothed by hand', () => {
    tf.tidy(() => {
      const smoothed = tf.add(tf.mul(tf.oneHot(labels(), 4), 0.7), 0.3 / 4) as tf.Tensor2D;
      const expected = numbers(crossEntropy(Z(), smoothed));
      expectClose(labelSmoothingLoss(Z(), labels(), {smoothing: 0.3}), expected, 1e-6);
    });
  });

  it('with s 0 is plain, with s 1 the same for every label', () => {
    tf.tidy(() => {
      const plain = numbers(crossEntropy(Z(), labels()));
      expectClose(labelSmoothingLoss(Z(), labels(), {smoothing: 0}), plain, 1e-6);
      const all = numbers(labelSmoothingLoss(Z(), labels(), {smoothing: 1}));
      expectClose(labelSmoothingLoss(Z(), int([1, 1, 1]), {smoothing: 1}), all, 1e-6);
    });
  });

  it('refuses s out of range', () => {
    expect(() => labelSmoothingLoss(Z(), labels(), {smoothing: 1.1})).toThrow(
      /^labelSmoothingLoss: "smoothing"/,
    );
  });
});
