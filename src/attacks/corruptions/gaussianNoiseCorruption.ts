import type * as tf from '@tensorflow/tfjs-core';

import {checkExampleIds} from '../../core/checks/checkExampleIds';
import {checkRng} from '../../core/checks/checkRng';
import {gaussianStart} from '../../math/ball';
import {corrupted, type CorruptionOptions, type Strengths} from './corruption';

const WHERE = 'gaussianNoiseCorruption';

// Standard deviations, for pixels from 0 to 1.
const STRENGTHS: Strengths = {
  'imagenet-c': [0.08, 0.12, 0.18, 0.26, 0.38],
  'cifar-c': [0.04, 0.06, 0.08, 0.09, 0.1],
};

/**
 * Independent Gaussian noise on every value: a random perturbation to compare attacks with. A model
 * that this breaks about as often as an attack of the same `epsilon` was not attacked well.
 *
 * Cost: no pass of the model.
 *
 * @param _model - Not used: noise does not depend on the model.
 * @param x - `[batch, ...]` float32 clean inputs inside `clip`; unchanged.
 * @param labels - `[batch]` int32; only counted.
 * @param options - See {@link CorruptionOptions}. `rng` is required; it is forked, never advanced,
 *   and noise is keyed by `exampleIds`. Strengths are fractions of the width of `clip`.
 * @returns Noisy inputs inside `clip`, the shape of `x`; the caller disposes them.
 * @throws {@link InvalidArgumentError} if `rng` is missing, shapes disagree, pixels leave `clip`, or
 *   a setting is out of range.
 * @see Hendrycks & Dietterich 2019, Benchmarking Neural Network Robustness to Common Corruptions and
 *   Perturbations, Sec. 3, and its published code for the constants.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {createRng, gaussianNoiseCorruption} from 'lt-robust';
 *
 * const model = (x: tf.Tensor2D): tf.Tensor2D => tf.sub(1, x);
 * const labels = tf.tensor1d([0], 'int32');
 * const options = {severity: 1, epsilon: 0.01, rng: createRng(7)};
 * const noisy = gaussianNoiseCorruption(model, tf.tensor2d([[0.5, 0.5]]), labels, options);
 * noisy.shape; // => [1, 2]
 * ```
 */
export function gaussianNoiseCorruption<I extends tf.Tensor = tf.Tensor4D>(
  _model: unknown,
  x: I,
  labels: tf.Tensor1D,
  options: CorruptionOptions = {},
): I {
  return corrupted(WHERE, x, labels, options, STRENGTHS, (deviation, {rng, exampleIds, clip}) => {
    checkRng(WHERE, rng, 'the noise is drawn from it');
    checkExampleIds(WHERE, exampleIds, labels.shape[0]);
    const width = clip === null ? 1 : clip[1] - clip[0];
    return gaussianStart(x, width * deviation, rng.fork('gaussian-noise'), exampleIds);
  });
}
