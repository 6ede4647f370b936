import * as tf from '@tensorflow/tfjs-core';

import type {Gradient} from './kernel';

/**
 * Gradient of a cumulative sum: the sum from the other end. The one that tfjs ships exchanges axes
 * afterwards, unless it ran along the last one. Values are turned around here, since webgpu sums
 * wrongly from the end.
 */
export const cumsumGradient: Gradient = (shipped) => ({
  ...shipped,
  gradFunc: (dy, _, attrs) => {
    const {axis, exclusive, reverse} = attrs as unknown as tf.CumsumAttrs;
    const turned = (values: tf.Tensor) => (reverse ? values : tf.reverse(values, axis));
    return {x: () => turned(tf.cumsum(turned(dy as tf.Tensor), axis, exclusive))};
  },
});
