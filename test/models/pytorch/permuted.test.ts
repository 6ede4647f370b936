import {fc, test} from '@fast-check/vitest';
import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {inverseOf, permuted} from '../../../src/models/pytorch/permuted';

const cases = fc.integer({min: 1, max: 4}).chain((rank) =>
  fc.record({
    shape: fc.array(fc.integer({min: 1, max: 4}), {minLength: rank, maxLength: rank}),
    axes: fc.shuffledSubarray(
      Array.from({length: rank}, (_, axis) => axis),
      {minLength: rank, maxLength: rank},
    ),
  }),
);

const ramp = (shape: readonly number[]) =>
  Float32Array.from({length: shape.reduce((a, b) => a * b, 1)}, (_, i) => i);

describe('permuted', () => {
  it('transposes a matrix', () => {
    expect(Array.from(permuted([1, 2, 3, 4, 5, 6], [2, 3], [1, 0]))).toEqual([1, 4, 2, 5, 3, 6]);
  });

  test.prop([cases])('agrees with tf.transpose', ({shape, axes}) => {
    const values = ramp(shape);
    const expected = tf.tidy(() => tf.transpose(tf.tensor(values, shape), axes).dataSync());
    expect(Array.from(permuted(values, shape, axes))).toEqual(Array.from(expected));
  });

  test.prop([cases])('is undone by the inverse', ({shape, axes}) => {
    const values = ramp(shape);
    const moved = permuted(values, shape, axes);
    const movedShape = axes.map((axis) => shape[axis] as number);
    expect(permuted(moved, movedShape, inverseOf(axes))).toEqual(values);
  });

  it('accepts an axis of length 0', () => {
    expect(permuted([], [2, 0, 3], [2, 1, 0]).length).toBe(0);
  });
});
