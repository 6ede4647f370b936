import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {crossEntropy} from '../../src/losses/crossEntropy';
import {focalLoss} from '../../src/losses/focalLoss';
import {seeded} from '../support/models';
import {expectClose, int, numbers} from '../support/tensors';

const Z = () => seeded<tf.Rank.R2>([6, 4], 4, 3);
const labels = () => int([0, 1, 2, 3, 0, 3]);

describe('focalLoss', () => {
  it('with γ 0 is cross-entropy, above that less', () => {
    tf.tidy(() => {
      const plain = numbers(crossEntropy(Z(), labels()));
      expectClose(focalLoss(Z(), labels(), {gamma: 0}), plain, 1e-6);
      numbers(focalLoss(Z(), labels())).forEach((v, i) => {
        expect(v).toBeLessThan(plain[i] as number);
      });
    });
  });

  it('is exact for examples that are nearly right', () => {
    tf.tidy(() => {
      // p = σ(12): 1 - p in float32 alone would be off by 1 %.
      const rest = 1 / (1 + Math.exp(12));
      const {value, grad} = tf.valueAndGrad((z: tf.Tensor) =>
        tf.mul(focalLoss(z as tf.Tensor2D, int([0]), {gamma: 1}), 1e9),
      )(tf.tensor2d([[12, 0]]));
      expectClose(value, [1e9 * rest * -Math.log1p(-rest)], 1e-2);
      const slope = rest - (1 - rest) * Math.log1p(-rest);
      expectClose(grad, [-1e9 * slope * rest, 1e9 * slope * rest], 1e-2);
    });
  });

  it('has a finite gradient for γ below 1 where p is 1', () => {
    tf.tidy(() => {
      const grad = tf.grad((z: tf.Tensor) => focalLoss(z as tf.Tensor2D, int([0]), {gamma: 0.5}))(
        tf.tensor2d([[1e4, 0]]),
      );
      expectClose(grad, [0, 0]);
    });
  });

  it('refuses a negative γ', () => {
    expect(() => focalLoss(Z(), labels(), {gamma: -1})).toThrow(/^focalLoss: "gamma"/);
  });
});
