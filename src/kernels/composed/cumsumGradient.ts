import * as tf from '@tensorflow/tfjs-core';

import {type Gradient, gradientOf} from './kernel';

/**
 * Gradient of a cumulative sum: the sum from the other end. The one that tfjs ships exchanges axes
 * afterwards, unless it ran along the last one. Values are turned around here, since webgpu sums
 * wrongly from the end.
 */
export const cumsumGradient: Gradient = gradientOf(
  [],
  (dy, _, {axis, exclusive, reverse}: tf.CumsumAttrs) => {
    const turned = (values: tf.Tensor) => (reverse ? values : tf.reverse(values, axis));
    return {x: () => turned(tf.cumsum(turned(dy), axis, exclusive))};
  },
);
