import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {ZERO_GRADIENTS} from '../../../src/kernels/composed/zeroGradients';
import {withGradientKernels} from '../../../src/kernels/withGradientKernels';
import {numbers} from '../../support/tensors';

const masked = (mask: (x: tf.Tensor) => tf.Tensor) => (x: tf.Tensor) =>
  tf.sum(tf.mul(x, tf.cast(mask(x), 'float32')));

describe('ZERO_GRADIENTS', () => {
  it.each<[string, (x: tf.Tensor) => tf.Tensor, number[]]>([
    ['greater', (x) => tf.greater(x, 0), [0, 1, 1]],
    ['equal', (x) => tf.equal(x, 2), [0, 1, 0]],
    ['notEqual', (x) => tf.notEqual(x, 2), [1, 0, 1]],
    ['lessEqual', (x) => tf.lessEqual(x, tf.mean(x)), [1, 0, 0]],
    ['logicalXor', (x) => tf.logicalXor(tf.greater(x, 0), tf.less(x, 3)), [1, 0, 1]],
    ['any', (x) => tf.any(tf.greater(x, 2)), [1, 1, 1]],
  ])('let a mask stand as it is: %s', (_, mask, expected) => {
    const x = tf.tensor1d([-1, 2, 3]);
    expect(numbers(withGradientKernels(() => tf.grad(masked(mask))(x)))).toEqual(expected);
  });

  it('are float32, of whatever type the input is', () => {
    const x = tf.tensor1d([1.2, -0.5]);
    const steps = (v: tf.Tensor) => {
      const whole = tf.cast(v, 'int32');
      return tf.sum(tf.mul(v, tf.cast(tf.greaterEqual(whole, tf.scalar(1, 'int32')), 'float32')));
    };
    expect(numbers(withGradientKernels(() => tf.grad(steps)(x)))).toEqual([1, 0]);
  });

  it('have one function for each input of a kernel, of its shape', () => {
    const inputs = [tf.ones([2, 3]), tf.ones([3], 'int32')];
    for (const gradient of Object.values(ZERO_GRADIENTS)) {
      const {inputsToSave = [], gradFunc} = gradient(undefined) as tf.GradConfig;
      const saved = inputs.slice(0, inputsToSave.length);
      const zeros = gradFunc(tf.ones([2, 3]), saved, {});
      expect(Object.keys(zeros)).toEqual(inputsToSave);
      saved.forEach(({shape}, i) => {
        const zero = zeros[inputsToSave[i] as string]?.() as tf.Tensor;
        expect([zero.shape, zero.dtype, Math.max(...numbers(zero))]).toEqual([shape, 'float32', 0]);
      });
    }
  });
});
