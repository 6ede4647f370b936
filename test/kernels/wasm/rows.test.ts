import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {pickedRows} from '../../../src/kernels/wasm/rows';
import {numbers} from '../../support/tensors';

describe('pickedRows', () => {
  it.runIf(tf.getBackend() === 'wasm')('copies rows of several tensors, as often as asked', () => {
    const a = tf.tensor3d([1, 2, 3, 4, 5, 6], [3, 1, 2]);
    const b = tf.tensor3d([7, 8], [1, 1, 2]);
    const before = tf.memory().numTensors;
    const picked = pickedRows(
      [a, b],
      [
        [0, 2],
        [1, 0],
        [0, 0],
        [0, 2],
      ],
    );
    expect(tf.memory().numTensors).toBe(before + 1);
    expect(picked?.shape).toEqual([4, 1, 2]);
    tf.dispose([a, b]);
    expect(numbers(picked as tf.Tensor)).toEqual([5, 6, 7, 8, 1, 2, 5, 6]);
    picked?.dispose();
  });

  it.runIf(tf.getBackend() !== 'wasm')('is undefined elsewhere', () => {
    const a = tf.tensor2d([[1]]);
    const before = tf.memory().numTensors;
    expect(pickedRows([a], [[0, 0]])).toBeUndefined();
    expect(tf.memory().numTensors).toBe(before);
    a.dispose();
  });

  it('is undefined of nothing', () => {
    expect(pickedRows<tf.Tensor>([], [])).toBeUndefined();
  });
});
