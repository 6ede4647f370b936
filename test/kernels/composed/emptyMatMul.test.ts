import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {registerGradientKernels} from '../../../src/kernels/registerGradientKernels';
import {withGradientKernels} from '../../../src/kernels/withGradientKernels';
import {numbers} from '../../support/tensors';

type Shape = readonly number[];

/** Values of a product of ones in a scope, beside its shape. */
const product = (a: Shape, b: Shape, transposeA = false, transposeB = false) =>
  tf.tidy(() =>
    withGradientKernels(() => {
      const y = tf.matMul(tf.ones([...a]), tf.ones([...b]), transposeA, transposeB);
      return [y.shape, numbers(y)];
    }),
  );

const checkAll = () => {
  const before = tf.memory().numTensors;
  expect(product([2, 0], [0, 3])).toEqual([[2, 3], Array(6).fill(0)]);
  expect(product([0, 2], [3, 0], true, true)).toEqual([[2, 3], Array(6).fill(0)]);
  expect(product([2, 3], [3, 0])).toEqual([[2, 0], []]);
  expect(product([0, 3], [3, 2])).toEqual([[0, 2], []]);
  expect(product([2, 2, 0], [2, 0, 1])).toEqual([[2, 2, 1], Array(4).fill(0)]);
  // Fused, with what is added and the activation.
  tf.tidy(() => {
    const [a, b, bias] = [tf.ones([2, 0]), tf.ones([0, 2]), tf.tensor1d([-1, 2])];
    const run = (x: tf.Tensor) => tf.fused.matMul({a: x, b, bias, activation: 'relu'});
    expect(numbers(withGradientKernels(() => run(a)))).toEqual([0, 2, 0, 2]);
    const gradient = withGradientKernels(() => tf.grad((v) => tf.sum(run(v)))(a));
    expect(gradient.shape).toEqual([2, 0]);
  });
  expect(tf.memory().numTensors).toBe(before);
  // Nothing was written where it does not belong.
  expect(product([2, 3], [3, 1])).toEqual([
    [2, 1],
    [3, 3],
  ]);
};

describe('products with a matrix that has no values', () => {
  it('are zero, or empty', () => {
    checkAll();
  });

  it('are so with the SIMD kernels', async () => {
    const undo = await registerGradientKernels();
    checkAll();
    undo();
  });
});
