import * as tf from '@tensorflow/tfjs-core';

import type {Gradient} from './kernel';

/**
 * Gradient of a cumulative sum: the sum from the other end. The one that tfjs ships exchanges axes
 * afterwards, unless it ran along the last one.
 */
export const cumsumGradient: Gradient = (shipped) => ({
  ...shipped,
  gradFunc: (dy, _, attrs) => {
    const {axis, exclusive, reverse} = attrs as unknown as tf.CumsumAttrs;
    return {x: () => tf.cumsum(dy as tf.Tensor, axis, exclusive, !reverse)};
  },
});
