import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {logitsAt} from '../../src/math/logitsAt';
import {expectSameRegistries, registries} from '../kernels/support';
import {expectNoLeak, numbers} from '../support/tensors';

describe('logitsAt', () => {
  it('runs what stock wasm gathers wrongly or lacks as it is on cpu', async () => {
    const x = tf.tensor3d([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2]);
    const picks = tf.tensor2d([1, 0, 0, 1], [2, 2], 'int32');
    const before = registries();
    await expectNoLeak(() => {
      const logits = logitsAt<tf.Tensor3D>(
        (v) =>
          tf.einsum(
            'bij->bi',
            tf.gather(v, picks as tf.Tensor as tf.Tensor1D, 1, 1),
          ) as tf.Tensor2D,
        x,
      );
      expect(numbers(logits)).toEqual([7, 3, 11, 15]);
      logits.dispose();
    });
    expectSameRegistries(before);
    tf.dispose([x, picks]);
  });

  it('puts the registries back where the model throws', () => {
    const before = registries();
    const fail = (): tf.Tensor2D => {
      throw new Error('from the model');
    };
    expect(() => logitsAt(fail, tf.ones([1, 2, 2, 1]))).toThrow('from the model');
    expectSameRegistries(before);
  });
});
