import * as tf from '@tensorflow/tfjs-core';
import {describe, it} from 'vitest';

import {detach} from '../../src/math/detach';
import {expectClose} from '../support/tensors';

describe('detach', () => {
  it('keeps the values and stops the gradient', () => {
    tf.tidy(() => {
      const {value, grad} = tf.valueAndGrad((x: tf.Tensor) => tf.sum(tf.mul(x, detach(x))))(
        tf.tensor1d([2, 3]),
      );
      expectClose(value, [13]);
      expectClose(grad, [2, 3]);
    });
  });
});
