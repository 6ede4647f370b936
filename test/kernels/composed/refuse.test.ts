import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {refuse} from '../../../src/kernels/composed/refuse';
import {withGradientKernels} from '../../../src/kernels/withGradientKernels';
import {onWasm} from '../support';

describe('refuse', () => {
  it('says what is wrong and what to do', () => {
    expect(() => refuse({} as never, undefined)).toThrowErrorMatchingInlineSnapshot(
      `[InvalidArgumentError: withGradientKernels: "body" must use gradients that are right on this backend, found one of 3-D or dilation2d operations on wasm. Use another backend.]`,
    );
  });
});

onWasm('refuse', () => {
  it('stands in for gradients that wasm gets wrong', () => {
    const volume = tf.ones<tf.Rank.R5>([1, 2, 2, 2, 1]);
    const image = tf.ones<tf.Rank.R4>([1, 2, 2, 1]);
    const gradients: [(x: tf.Tensor) => tf.Tensor, tf.Tensor][] = [
      [(x) => tf.maxPool3d(x as tf.Tensor5D, 2, 1, 'valid'), volume],
      [(x) => tf.conv3d(x as tf.Tensor5D, tf.ones([2, 2, 2, 1, 1]), 1, 'valid'), volume],
      [(x) => tf.dilation2d(x as tf.Tensor4D, tf.ones([1, 1, 1]), 1, 'valid'), image],
      [(w) => tf.dilation2d(image, w as tf.Tensor3D, 1, 'valid'), tf.ones([1, 1, 1])],
    ];
    for (const [f, x] of gradients) {
      expect(() => withGradientKernels(() => tf.grad(f)(x))).toThrow(
        /withGradientKernels: "body" must use gradients that are right/,
      );
    }
  });
});
