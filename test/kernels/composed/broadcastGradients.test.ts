import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {sumTo} from '../../../src/kernels/composed/broadcastGradients';
import {withGradientKernels} from '../../../src/kernels/withGradientKernels';
import {seeded} from '../../support/models';
import {numbers} from '../../support/tensors';
import {expectGradients} from '../support';

describe('sumTo', () => {
  it('adds up along the axes that were repeated', () => {
    const ones = tf.ones([2, 3, 4]);
    expect(numbers(sumTo(ones, [4]))).toEqual([6, 6, 6, 6]);
    expect(numbers(sumTo(ones, [3, 1]))).toEqual([8, 8, 8]);
    expect(sumTo(ones, [1, 3, 1]).shape).toEqual([1, 3, 1]);
    expect(numbers(sumTo(ones, []))).toEqual([24]);
  });
});

describe('gradients of broadcast operations', () => {
  it.each<[string, (a: tf.Tensor, b: tf.Tensor) => tf.Tensor, number[], number[]]>([
    ['squaredDifference', tf.squaredDifference, [2, 3], [3]],
    ['squaredDifference', tf.squaredDifference, [1], [2, 2]],
    ['maximum', tf.maximum, [2, 1, 3], [4, 1]],
    ['minimum', tf.minimum, [3], [2, 3]],
    ['matMul', tf.matMul, [2, 3, 4], [4, 2]],
    ['matMul', tf.matMul, [3, 4], [2, 4, 2]],
    ['matMul', tf.matMul, [2, 2, 3, 4], [2, 4, 2]],
    ['matMul', tf.matMul, [1, 3, 4], [2, 2, 4, 2]],
    ['matMul, transposed', (a, b) => tf.matMul(a, b, true, true), [2, 4, 3], [2, 4]],
  ])('%s agrees with finite differences: [%s]', (_, f, first, second) => {
    expectGradients(f as never, [seeded(first, 3), seeded(second, 8)]);
  });

  it('give all to the first of two equal values', () => {
    const x = tf.tensor1d([1, 2]);
    const gradients = (f: typeof tf.maximum) =>
      withGradientKernels(() => tf.grads((a, b) => f(a, b))([x, tf.tensor1d([1, 3])]));
    expect(gradients(tf.maximum).map(numbers)).toEqual([[1, 0], [0, 1]]); // prettier-ignore
    expect(gradients(tf.minimum).map(numbers)).toEqual([[1, 1], [0, 0]]); // prettier-ignore
  });

  it('refuse products whose pairs tfjs gets wrong', () => {
    const product = (a: tf.Tensor) => tf.matMul(a, tf.ones([2, 1, 4, 2]));
    expect(() => withGradientKernels(() => tf.grad(product)(tf.ones([2, 3, 3, 4])))).toThrow(
      'No gradient of the operation BatchMatMul: TensorFlow.js multiplies the wrong pairs of ' +
        '[2, 3, 3, 4] and [2, 1, 4, 2]. Repeat one',
    );
  });
});
