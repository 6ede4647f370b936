import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {refuse, refused} from '../../../src/kernels/composed/refuse';
import {withGradientKernels} from '../../../src/kernels/withGradientKernels';
import {onWasm} from '../support';

describe('refused', () => {
  it('says what is wrong and what to do', () => {
    expect(() => refused('Op', 'of a reason', 'Do something.')).toThrowErrorMatchingInlineSnapshot(
      `[MissingGradientsError: No gradient of the operation Op: of a reason. Do something.]`,
    );
    expect(() => refuse('Op')({} as never, undefined)).toThrowErrorMatchingInlineSnapshot(
      `[MissingGradientsError: No gradient of the operation Op: TensorFlow.js computes a wrong one on this backend. Use another backend for this model.]`,
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
        /No gradient of the operation \w+: TensorFlow.js computes a wrong one/,
      );
    }
  });
});
