import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import {describe, expect, it} from 'vitest';

import {batchNormOfBatch} from '../../../src/kernels/composed/batchNormOfBatch';
import {withGradientKernels} from '../../../src/kernels/withGradientKernels';
import {seeded} from '../../support/models';
import {numbers} from '../../support/tensors';
import {itIsBatchNorm} from '../batchNorms';

describe('batchNormOfBatch', () => {
  itIsBatchNorm(batchNormOfBatch, 2e-6);

  it('has the digits of tf.layers', () => {
    const layer = layers.layers.batchNormalization({epsilon: 1e-3});
    tf.tidy(() => {
      const x = tf.mul(seeded([6, 5, 4, 3], 1), 3);
      const expected = layer.apply(x, {training: true}) as tf.Tensor;
      const {y} = batchNormOfBatch(x, tf.ones([3]), tf.zeros([3]), 1e-3);
      expect(numbers(y)).toEqual(numbers(expected));
    });
    layer.dispose();
  });

  it('keeps x alone for the gradient', () => {
    tf.tidy(() => {
      const [gamma, beta] = [tf.ones([3]), tf.zeros([3])];
      const x = seeded([8, 8, 8, 3], 1);
      let made = NaN;
      withGradientKernels(() =>
        tf.grad((v) => {
          const before = tf.memory().numDataBuffers;
          const {y} = batchNormOfBatch(v, gamma, beta, 1e-3);
          made = tf.memory().numDataBuffers - before;
          return y;
        })(x),
      );
      expect(made).toBe(4); // the output, and the statistics, together and each
    });
  });
});
