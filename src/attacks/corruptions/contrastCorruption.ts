import * as tf from '@tensorflow/tfjs-core';

import {corrupted, type CorruptionOptions, spatialAxes, type Strengths} from './corruption';

const WHERE = 'contrastCorruption';

// Fraction of the contrast that is left.
const STRENGTHS: Strengths = {
  'imagenet-c': [0.4, 0.3, 0.2, 0.1, 0.05],
  'cifar-c': [0.75, 0.5, 0.4, 0.3, 0.15],
};

/**
 * Less contrast: every channel of an image is drawn to its mean over the image. Deterministic; `rng`
 * and `exampleIds` are accepted and ignored.
 *
 * Cost: no pass of the model.
 *
 * @param model - Shows the layout of the images if it is a `tf.LayersModel`; not run.
 * @param x - `[batch, height, width, channels]` float32 clean images inside `clip`, or with the
 *   channels first (`dataFormat`); unchanged.
 * @param labels - `[batch]` int32; only counted.
 * @param options - See {@link CorruptionOptions}.
 * @returns Flatter images, the shape of `x`; the caller disposes them.
 * @throws {@link InvalidArgumentError} if `x` is no batch of images, pixels leave `clip`, or a
 *   setting is out of range.
 * @see Hendrycks & Dietterich 2019, Benchmarking Neural Network Robustness to Common Corruptions and
 *   Perturbations, Sec. 3, and its published code for the constants.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {contrastCorruption} from 'lt-robust';
 *
 * const model = (x: tf.Tensor4D) => tf.reshape(x, [-1, 2]) as tf.Tensor2D;
 * const x = tf.tensor4d([0, 1], [1, 1, 2, 1]);
 * const labels = tf.tensor1d([1], 'int32');
 * contrastCorruption(model, x, labels, {severity: 1}).dataSync(); // => [0.3, 0.7]
 * ```
 */
export function contrastCorruption<I extends tf.Tensor = tf.Tensor4D>(
  model: unknown,
  x: I,
  labels: tf.Tensor1D,
  options: CorruptionOptions = {},
): I {
  const [height, width] = spatialAxes(WHERE, x, options, model);
  return corrupted(WHERE, x, labels, options, STRENGTHS, (rest) => {
    const mean = tf.mean(x, [height, width], true);
    return tf.add<I>(tf.mul(tf.sub(x, mean), rest), mean);
  });
}
