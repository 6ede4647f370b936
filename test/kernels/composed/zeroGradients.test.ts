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

  it('let what is picked by an index stand: draws, boxes without others, places in a list', () => {
    const whole = (x: tf.Tensor) => tf.cast(x, 'float32');
    const logits = tf.tensor2d([[1, 2, 3]]);
    const drawn = (x: tf.Tensor) =>
      tf.add(tf.sum(x), tf.sum(whole(tf.multinomial(x as tf.Tensor2D, 4, 1))));
    expect(numbers(withGradientKernels(() => tf.grad(drawn)(logits)))).toEqual([1, 1, 1]);

    const boxes = tf.tensor2d([[0, 0, 1, 1], [0, 0, 1, 0.9], [2, 2, 3, 3]]); // prettier-ignore
    const scores = tf.tensor1d([0.5, 0.9, 0.7]);
    const kept = (b: tf.Tensor, s: tf.Tensor) =>
      tf.add(
        tf.sum(b),
        tf.sum(tf.gather(s, tf.image.nonMaxSuppression(b as tf.Tensor2D, s as tf.Tensor1D, 3, 0.5))), // prettier-ignore
      );
    const [ofBoxes, ofScores] = withGradientKernels(() => tf.grads(kept)([boxes, scores]));
    // The first box overlaps with a better one.
    expect(numbers(ofBoxes as tf.Tensor)).toEqual(new Array(12).fill(1));
    expect(numbers(ofScores as tf.Tensor)).toEqual([0, 1, 1]);

    const sorted = tf.tensor1d([1, 2, 4]);
    const values = tf.tensor1d([0.5, 3]);
    const placed = (s: tf.Tensor, v: tf.Tensor) =>
      tf.add(tf.sum(s), tf.sum(tf.mul(v, whole(tf.searchSorted(s, v)))));
    const [ofSorted, ofValues] = withGradientKernels(() => tf.grads(placed)([sorted, values]));
    expect(numbers(ofSorted as tf.Tensor)).toEqual([1, 1, 1]);
    expect(numbers(ofValues as tf.Tensor)).toEqual([0, 2]);
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
