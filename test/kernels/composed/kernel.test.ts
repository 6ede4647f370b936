import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {gradientOf, valuesOf} from '../../../src/kernels/composed/kernel';

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

describe('gradientOf', () => {
  it('hands on the gradient to the first output, what was saved and the attributes', () => {
    const [dy, x] = [tf.scalar(1), tf.scalar(2)];
    const seen: unknown[] = [];
    const gradient = gradientOf(
      ['x'],
      (...args: [tf.Tensor, [tf.Tensor], {k: number}]) => {
        seen.push(...args);
        return {x: () => x};
      },
      {outputsToSave: [false, true]},
    )(undefined);
    expect(gradient?.inputsToSave).toEqual(['x']);
    expect(gradient?.outputsToSave).toEqual([false, true]);
    expect(gradient?.gradFunc([dy, x], [x], {k: 3})['x']?.()).toBe(x);
    gradient?.gradFunc(dy, [x], {k: 4});
    expect(seen).toEqual([dy, [x], {k: 3}, dy, [x], {k: 4}]);
  });
});
