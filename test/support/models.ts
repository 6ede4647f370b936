import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';

import {createRng} from '../../src/core/rng';
import type {Classifier} from '../../src/core/classifier';

/** z = W x + b on vectors; the exact worst case of such a model is known. */
export function linearModel(weights: number[][], bias: number[]): Classifier<tf.Tensor2D> {
  return (x) => tf.add(tf.matMul(x, tf.tensor2d(weights), false, true), tf.tensor1d(bias));
}

/**
 * The linear models of attacks.md 12.6, (a) with two and (b) with four classes. Their golden values
 * are those at x = (.5, .4, .6), class 0.
 */
export const linearTwo = linearModel(
  [
    [1, -2, 0.5],
    [-1, 1, 0.5],
  ],
  [0.3, 0],
);
export const linearFour = linearModel(
  [
    [1, 0, 0.5],
    [0, 1, 0],
    [-0.5, 0.5, 1],
    [0.2, -0.3, -1],
  ],
  [0.2, 0, 0, 0.3],
);

/**
 * The two-layer model of attacks.md 12.5, two numbers in, four classes out. Its golden values are
 * those at x = (.6, .4), class 0.
 */
export const twoLayerModel: Classifier<tf.Tensor2D> = (x) => {
  const first = tf.tensor2d([[2, -1], [-1, 2], [1, 1]]); // prettier-ignore
  const hidden = tf.relu(tf.add(tf.matMul(x, first, false, true), [-0.2, -0.1, -0.8]));
  const last = tf.tensor2d([[1, 0, 0.5], [0, 1, 0], [-1, 0.5, 1], [0.5, -0.5, -1]]); // prettier-ignore
  return tf.add(tf.matMul(hidden as tf.Tensor2D, last, false, true), [0, 0.1, 0, 0.3]);
};

/** The one-pixel model of attacks.md 12.4: z = (0, −4|v − 0.58| − 0.1), the modulus as two ReLUs. */
export const onePixelModel: Classifier<tf.Tensor2D> = (x) => {
  const offset = tf.sub(x, 0.58);
  const distance = tf.add(tf.relu(offset), tf.relu(tf.neg(offset)));
  const second = tf.sub(tf.mul(distance, -4), 0.1);
  return tf.concat([tf.zerosLike(second), second], 1) as tf.Tensor2D;
};

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

/**
 * A `tf.LayersModel` that folding its batch norm changes beyond rounding: a bias of 2^26, which batch
 * norm takes away again, swallows what the kernel gives. The model gives the logits [0.1, 0] whatever
 * its two inputs are; with the two layers folded into one, class 1 wins where the first is over 0.06.
 */
export function foldsIntoAnother(): layers.Sequential {
  const model = layers.sequential({
    layers: [
      layers.layers.dense({units: 2, inputShape: [2]}),
      layers.layers.batchNormalization({}),
    ],
  });
  const huge = [2 ** 26, 2 ** 26];
  model.setWeights([
    tf.tensor2d([
      [-1, 1],
      [0, 0],
    ]),
    tf.tensor1d(huge),
    tf.ones([2]),
    tf.tensor1d([0.1, 0]),
    tf.tensor1d(huge),
    tf.ones([2]),
  ]);
  return model;
}
