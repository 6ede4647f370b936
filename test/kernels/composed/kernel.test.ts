import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {valuesOf} from '../../../src/kernels/composed/kernel';

describe('valuesOf', () => {
  it('reads a tensor of the current backend', () => {
    expect([...valuesOf(tf.backend(), tf.tensor1d([1.5, -2]))]).toEqual([1.5, -2]);
  });

  it('reads without a copy where the backend has a heap', () => {
    const view = new Float32Array([3]);
    const tensor = tf.scalar(1);
    const backend = {typedArrayFromHeap: (t: tf.TensorInfo) => (t === tensor ? view : undefined)};
    expect(valuesOf(backend, tensor)).toBe(view);
  });
});
