import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import type {Classifier} from '../../src/core/classifier';
import {logitsAt} from '../../src/math/logitsAt';
import {expectSameRegistries, registries} from '../kernels/support';
import {expectNoLeak, numbers} from '../support/tensors';

describe('logitsAt', () => {
  it('gives a tensor of its own, whatever the model returns', async () => {
    const x = tf.tensor2d([[1, 2], [3, 4]]); // prettier-ignore
    const kept = tf.tensor2d([[5, 6], [7, 8]]); // prettier-ignore
    const variable = tf.variable(kept) as tf.Variable<tf.Rank.R2>;
    for (const model of [(z: tf.Tensor2D) => z, () => kept, () => variable, tf.clone]) {
      await expectNoLeak(() => {
        const logits = logitsAt<tf.Tensor2D>('f', model as Classifier<tf.Tensor2D>, x);
        logits.dispose();
      });
    }
    expect([numbers(x), numbers(kept), numbers(variable)]).toEqual([
      [1, 2, 3, 4],
      [5, 6, 7, 8],
      [5, 6, 7, 8],
    ]);
    tf.dispose([x, kept, variable]);
  });

  it('refuses what has lost its batch axis', async () => {
    const x = tf.tensor2d([[1, 2]]);
    await expectNoLeak(() => {
      expect(() => logitsAt('f', (z) => tf.squeeze(z), x)).toThrow(
        /^f: "model" must give logits \[1, classes\] with at least 2 classes, found .*\[2\]/,
      );
    });
    x.dispose();
  });
});

describe('the kernels of logitsAt', () => {
  it('runs what stock wasm gathers wrongly or lacks as it is on cpu', async () => {
    const x = tf.tensor3d([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2]);
    const picks = tf.tensor2d([1, 0, 0, 1], [2, 2], 'int32');
    const before = registries();
    await expectNoLeak(() => {
      const logits = logitsAt<tf.Tensor3D>(
        'f',
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
    expect(() => logitsAt('f', fail, tf.ones([1, 2, 2, 1]))).toThrow('from the model');
    expectSameRegistries(before);
  });
});
