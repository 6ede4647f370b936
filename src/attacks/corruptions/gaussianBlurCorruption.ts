import * as tf from '@tensorflow/tfjs-core';

import {at} from '../../core/at';
import {corrupted, type CorruptionOptions, spatialAxes, type Strengths} from './corruption';

const WHERE = 'gaussianBlurCorruption';

// Standard deviations of the kernel, in pixels.
const STRENGTHS: Strengths = {
  'imagenet-c': [1, 2, 3, 4, 6],
  'cifar-c': [0.4, 0.6, 0.7, 0.8, 1],
};

// The kernel ends at this many standard deviations, as in scikit-image, which the benchmark uses.
const TRUNCATE = 4;

/**
 * Gaussian blur of every channel. Beyond the border the outermost pixels are repeated.
 * Deterministic; `rng` and `exampleIds` are accepted and ignored.
 *
 * Cost: no pass of the model.
 *
 * @param model - Shows the layout of the images if it is a `tf.LayersModel`; not run.
 * @param x - `[batch, height, width, channels]` float32 clean images inside `clip`, or with the
 *   channels first (`dataFormat`); unchanged.
 * @param labels - `[batch]` int32; only counted.
 * @param options - See {@link CorruptionOptions}. The strengths of `'imagenet-c'` are for images of
 *   224 pixels: on small ones they leave little.
 * @returns Blurred images, the shape of `x`; the caller disposes them.
 * @throws {@link InvalidArgumentError} if `x` is no batch of images, pixels leave `clip`, or a
 *   setting is out of range.
 * @see Hendrycks & Dietterich 2019, Benchmarking Neural Network Robustness to Common Corruptions and
 *   Perturbations, Sec. 3, and its published code for the constants.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {gaussianBlurCorruption} from 'lt-robust';
 *
 * const model = (x: tf.Tensor4D) => tf.reshape(x, [-1, 2]) as tf.Tensor2D;
 * const x = tf.tensor4d([0, 1], [1, 1, 2, 1]);
 * const labels = tf.tensor1d([1], 'int32');
 * gaussianBlurCorruption(model, x, labels, {severity: 1}).dataSync(); // => [0.3005, 0.6995]
 * ```
 */
export function gaussianBlurCorruption<I extends tf.Tensor = tf.Tensor4D>(
  model: unknown,
  x: I,
  labels: tf.Tensor1D,
  options: CorruptionOptions = {},
): I {
  const [height, width] = spatialAxes(WHERE, x, options, model);
  return corrupted(WHERE, x, labels, options, STRENGTHS, (deviation) =>
    blurAlong(blurAlong(x, height, deviation), width, deviation),
  );
}

// A product with a banded matrix: exact at the border, and one kernel that every backend has.
function blurAlong<I extends tf.Tensor>(x: I, axis: number, deviation: number): I {
  const size = at(x.shape, axis);
  const swap = [0, 1, 2, 3]; // the axis to the end, and back
  [swap[axis], swap[3]] = [3, axis];
  const last = tf.transpose(x, swap);
  const lines = tf.reshape(last, [-1, size]);
  const blurred = tf.matMul(lines, tf.tensor2d(blurWeights(size, deviation), [size, size]));
  return tf.transpose(tf.reshape(blurred, last.shape), swap) as I;
}

// [from, to]: how much of each pixel of a line goes to each.
function blurWeights(size: number, deviation: number): Float32Array {
  const radius = Math.floor(TRUNCATE * deviation + 0.5);
  const kernel = Array.from({length: 2 * radius + 1}, (_, i) =>
    Math.exp(-0.5 * ((i - radius) / deviation) ** 2),
  );
  const sum = kernel.reduce((total, weight) => total + weight, 0);
  const weights = new Float32Array(size * size);
  for (let to = 0; to < size; to++) {
    kernel.forEach((weight, i) => {
      const from = Math.min(Math.max(to + i - radius, 0), size - 1);
      weights[from * size + to] = (weights[from * size + to] ?? NaN) + weight / sum;
    });
  }
  return weights;
}
