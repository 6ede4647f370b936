import * as tf from '@tensorflow/tfjs-core';
import {expect, it} from 'vitest';

import {isLoss, lossAt, type Loss} from '../../src/core/loss';
import {expectClose, int} from '../support/tensors';

it('lossAt is the function itself, or the one at the input', () => {
  const plain: Loss = (logits) => tf.sum(logits, 1);
  tf.tidy(() => {
    const x = tf.tensor2d([[3, 4]]);
    expect(lossAt(plain, x)).toBe(plain);
    const seeing = {
      atInput: (input: tf.Tensor2D) => (z: tf.Tensor2D) => tf.sum<tf.Tensor1D>(tf.mul(z, input), 1),
    };
    expectClose(lossAt(seeing, x)(tf.tensor2d([[1, 2]]), int([0])), [11]);
  });
});

it('isLoss knows both forms, and neither names nor nothing', () => {
  expect([() => 0, {atInput: 1}].map(isLoss)).toEqual([true, true]);
  expect(['ce', undefined, null, {}].map(isLoss)).toEqual([false, false, false, false]);
});
