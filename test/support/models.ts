import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';

import {createRng} from '../../src/core/rng';
import type {Classifier} from '../../src/core/classifier';

/** z = W x + b on vectors; the exact worst case of such a model is known. */
export function linearModel(weights: number[][], bias: number[]): Classifier<tf.Tensor2D> {
  return (x) => tf.add(tf.matMul(x, tf.tensor2d(weights), false, true), tf.tensor1d(bias));
}

/** Uniform values in [-scale, scale], seeded. */
export function seeded<R extends tf.Rank>(
  shape: tf.ShapeMap[R],
  seed: number,
  scale = 1,
): tf.Tensor<R> {
  const rng = createRng(seed);
  const size = (shape as number[]).reduce((a, b) => a * b, 1);
  const values = Float32Array.from({length: size}, () => scale * (2 * rng.uniform() - 1));
  return tf.tensor(values, shape);
}

/** A small conv net with batch norm, 8x8x1 in, logits out (unless `activation`), seeded. */
export function tinyConvNet(
  options: {
    classes?: number;
    channels?: number;
    activation?: 'softmax';
    seed?: number;
  } = {},
): layers.Sequential {
  const {classes = 3, channels = 1, activation, seed = 1} = options;
  const init = (offset: number) => layers.initializers.glorotUniform({seed: seed * 100 + offset});
  return layers.sequential({
    layers: [
      layers.layers.conv2d({
        inputShape: [8, 8, channels],
        filters: 4,
        kernelSize: 3,
        padding: 'same',
        kernelInitializer: init(1),
      }),
      layers.layers.batchNormalization({momentum: 0.9, epsilon: 1e-5}),
      layers.layers.activation({activation: 'relu'}),
      layers.layers.conv2d({
        filters: 6,
        kernelSize: 3,
        strides: 2,
        padding: 'same',
        activation: 'relu',
        kernelInitializer: init(2),
      }),
      layers.layers.flatten(),
      layers.layers.dense({
        units: classes,
        kernelInitializer: init(3),
        ...(activation === undefined ? {} : {activation}),
      }),
    ],
  });
}
