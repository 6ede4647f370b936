import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {crossEntropy} from '../../src/losses/crossEntropy';
import {expectClose, int} from '../support/tensors';

const LOGITS = [3, 2, 5, 1];
const SOFTMAX = [0.112457, 0.041371, 0.830953, 0.015219];

describe('crossEntropy', () => {
  // attacks.md 12.3
  it.each([
    [0, 2.185182],
    [1, 3.185182],
    [2, 0.185182],
    [3, 4.185182],
  ])('of (3, 2, 5, 1) and label %i is %d, gradient softmax - one-hot', (label, value) => {
    tf.tidy(() => {
      const {value: loss, grad} = tf.valueAndGrad((z: tf.Tensor) =>
        crossEntropy(z as tf.Tensor2D, int([label])),
      )(tf.tensor2d([LOGITS]));
      expectClose(loss, [value], 1e-6);
      expectClose(
        grad,
        SOFTMAX.map((p, c) => p - (c === label ? 1 : 0)),
        1e-6,
      );
    });
  });

  it('is exact, with an exact gradient, at logits of 1e4', () => {
    tf.tidy(() => {
      const {value, grad} = tf.valueAndGrad((z: tf.Tensor) =>
        crossEntropy(z as tf.Tensor2D, int([1, 0, 0])),
      )(
        tf.tensor2d([
          [1e4, -1e4],
          [1e4, -1e4],
          [1e4, 1e4],
        ]),
      );
      expectClose(value, [2e4, 0, Math.LN2], 1e-7);
      expectClose(grad, [1, -1, 0, 0, -0.5, 0.5], 1e-6);
    });
  });

  it('has two classes at least', () => {
    expect(() => crossEntropy(tf.zeros([1, 1]), int([0]))).toThrow(
      'crossEntropy: "logits" must have at least 2 classes, found float32 [1, 1]. ' +
        'For a single score s pass two logits, [0, s].',
    );
    expectClose(crossEntropy(tf.zeros([1, 2]), int([0])), [Math.LN2]);
  });

  it('refuses logits that are no matrix, and labels of another size, dtype or rank', () => {
    const logits = tf.zeros<tf.Rank.R2>([2, 3]);
    expect(() => crossEntropy(tf.zeros([3]) as unknown as tf.Tensor2D, int([0, 1]))).toThrow(
      /^crossEntropy: "logits" must be a float32 tensor \[batch, classes\], found float32 \[3\]/,
    );
    expect(() => crossEntropy(logits, int([0]))).toThrow(
      /^crossEntropy: "labels" must be an int32 tensor \[2\], found int32 \[1\]/,
    );
    expect(() => crossEntropy(logits, tf.tensor1d([0, 1]))).toThrow(/found float32 \[2\]/);
    expect(() => crossEntropy(logits, tf.zeros([2, 4]))).toThrow(
      /^crossEntropy: "labels" must be an int32 tensor \[2\] or rows of weights \[2, 3\]/,
    );
  });

  it('leaves masked classes out: of (2, 1, -Infinity) and label 0 it is 0.313', () => {
    tf.tidy(() => {
      const {value, grad} = tf.valueAndGrad((z: tf.Tensor) =>
        crossEntropy(z as tf.Tensor2D, int([0])),
      )(tf.tensor2d([[2, 1, -Infinity]]));
      expectClose(value, [0.3132617], 1e-6);
      expectClose(grad, [-0.2689414, 0.2689414, 0], 1e-6);
      expectClose(crossEntropy(tf.tensor2d([[2, 1, -Infinity]]), int([2])), [Infinity]);
    });
  });
});
