import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {sigmoidFocalLoss} from '../../src/losses/sigmoidFocalLoss';
import {expectClose, int} from '../support/tensors';

describe('sigmoidFocalLoss', () => {
  it('with γ 0 is binary cross-entropy over all classes', () => {
    tf.tidy(() => {
      const bce = Math.log1p(Math.exp(-2)) + Math.log1p(Math.exp(1)) + Math.log1p(Math.exp(-3));
      const loss = sigmoidFocalLoss(tf.tensor2d([[2, 1, -3]]), int([0]), {gamma: 0});
      expectClose(loss, [bce], 1e-6);
    });
  });

  it('takes several true classes at once', () => {
    tf.tidy(() => {
      const loss = sigmoidFocalLoss(tf.tensor2d([[2, 1]]), tf.tensor2d([[1, 1]]), {gamma: 0});
      expectClose(loss, [Math.log1p(Math.exp(-2)) + Math.log1p(Math.exp(-1))], 1e-6);
    });
  });

  it('refuses a negative γ', () => {
    expect(() => sigmoidFocalLoss(tf.zeros([1, 2]), int([0]), {gamma: -1})).toThrow(
      /^sigmoidFocalLoss: "gamma"/,
    );
  });
});
