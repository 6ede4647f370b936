import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {CONVOLUTION_GRADIENTS} from '../../../src/kernels/composed/convolutionGradients';
import {seeded} from '../../support/models';
import {expectGradients} from '../support';

describe('CONVOLUTION_GRADIENTS', () => {
  it('differentiate dilated layers', () => {
    expectGradients(
      (x, w) => tf.conv1d(x as tf.Tensor3D, w as tf.Tensor3D, 1, 'same', 'NWC', 2),
      [seeded([2, 6, 2], 1), seeded([3, 2, 2], 2)],
    );
    expectGradients(
      (x, w, v) => tf.separableConv2d(x as tf.Tensor4D, w as tf.Tensor4D, v as tf.Tensor4D, 1, 'same', 2), // prettier-ignore
      [seeded([1, 5, 4, 2], 1), seeded([2, 2, 2, 1], 2), seeded([1, 1, 2, 2], 3)],
    );
  });

  it('leave what is not dilated to tfjs', () => {
    const result = {x: () => tf.scalar(1)};
    for (const name of [tf.Conv2D, tf.DepthwiseConv2dNative]) {
      const shipped = {...tf.getGradient(name), gradFunc: () => result};
      const gradient = CONVOLUTION_GRADIENTS[name]?.(shipped);
      const x = tf.ones([1, 2, 2, 1]);
      for (const dilations of [1, [1, 1]]) {
        expect(gradient?.gradFunc(x, [x, x], {dilations})).toBe(result);
      }
      expect(CONVOLUTION_GRADIENTS[name]?.(undefined)).toBeUndefined();
    }
    const depthwise = CONVOLUTION_GRADIENTS[tf.DepthwiseConv2dNative];
    const shipped = {...tf.getGradient(tf.DepthwiseConv2dNative), gradFunc: () => result};
    // tf.layers gives depthwise convolutions no dilations.
    expect(depthwise?.(shipped)?.gradFunc(tf.ones([1]), [], {})).toBe(result);
  });
});
