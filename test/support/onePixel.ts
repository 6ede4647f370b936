import * as tf from '@tensorflow/tfjs-core';

import type {Dataset} from '../../src/core/dataset';
import {arrayDataset} from '../../src/data/arrayDataset';

/**
 * Is a pixel bright? Logits (0.5 - v, v - 0.5) of the first pixel of an image, so that the exact
 * worst case is known: the answer changes within epsilon if |v - 0.5| is at most that.
 */
export const brightness = (x: tf.Tensor4D): tf.Tensor2D => {
  const [batch, , , channels] = x.shape;
  const pixel = tf.reshape(
    tf.slice(x, [0, 0, 0, 0], [batch, 1, 1, Math.min(1, channels)]),
    [-1, 1],
  );
  return tf.concat([tf.sub(0.5, pixel), tf.sub(pixel, 0.5)], 1) as tf.Tensor2D;
};

/** Images of one pixel each, labelled as {@link brightness} answers. */
export const brightnessData = (pixels: readonly number[]): Dataset =>
  arrayDataset(
    Float32Array.from(pixels),
    pixels.map((v) => Number(v > 0.5)),
    {shape: [1, 1, 1], numClasses: 2},
  );

/** Evenly spaced pixels from 0 to 1. */
export const spread = (count: number): number[] =>
  Array.from({length: count}, (_, i) => i / (count - 1));
