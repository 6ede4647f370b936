import * as tf from '@tensorflow/tfjs-core';

import {isTensor} from '../core/checks/checkTensors';
import {checkNumber} from '../core/checks/checkNumber';
import {InvalidArgumentError} from '../core/errors';
import {describeValue} from '../core/describeValue';
import {type Defaults, withDefaults} from '../core/options';

/** Options of {@link cosineLogits}. */
export interface CosineLogitsOptions {
  /** Factor > 0 of the cosines. RoBal trains with 1 and mostly scores with 10. @defaultValue 1 */
  readonly scale?: number | undefined;
  /**
   * Added to the length of each class's weights before they are divided by it, ≥ 0. 0.03125 is the
   * value of RoBal for CIFAR-10; 0 gives plain cosines. @defaultValue 0.03125
   */
  readonly normOffset?: number | undefined;
}

const DEFAULTS: Defaults<CosineLogitsOptions> = {scale: 1, normOffset: 0.03125};

// Keeps a row of zeros, which pooled features after a ReLU can be, at 0 with a finite gradient.
const SMALLEST_NORM = 1e-12;

/**
 * The cosine classifier of RoBal, scale · (x/‖x‖) · (W/(‖W‖ + normOffset)): it depends on
 * directions only, so that a frequent class gains nothing from longer weights. A row of zeros gives
 * zeros, and no gradient.
 *
 * @param features - `[batch, width]` float32, what the last layer sees.
 * @param weights - `[width, classes]` float32, as the kernel of a dense layer.
 * @param options - See {@link CosineLogitsOptions}.
 * @returns `[batch, classes]` float32, within ±scale; the caller disposes it.
 * @throws {@link InvalidArgumentError} if the widths disagree or an option is out of range.
 * @see Wu et al. 2021, Adversarial Robustness under Long-Tailed Distribution, Sec. 4.1.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {cosineLogits} from 'lt-robust';
 *
 * const features = tf.tensor2d([[3, 4]]);
 * const weights = tf.tensor2d([[1, 0], [0, 2]]);
 * cosineLogits(features, weights, {normOffset: 0}).dataSync(); // => [0.6, 0.8]
 * ```
 */
export function cosineLogits(
  features: tf.Tensor2D,
  weights: tf.Tensor2D,
  options: CosineLogitsOptions = {},
): tf.Tensor2D {
  const where = 'cosineLogits';
  const {scale, normOffset} = withDefaults(where, DEFAULTS, options);
  checkNumber(where, 'scale', scale, {above: 0, float32: true});
  checkNumber(where, 'normOffset', normOffset, {min: 0});
  checkMatrix(where, 'features', features, 'be a float32 tensor [batch, width]');
  const width = features.shape[1];
  checkMatrix(where, 'weights', weights, `be a float32 tensor [${width}, classes]`, width);
  return tf.tidy(() => {
    const directions = tf.div<tf.Tensor2D>(features, lengths(features, 1, 0));
    const classes = tf.div<tf.Tensor2D>(weights, lengths(weights, 0, normOffset));
    return tf.mul<tf.Tensor2D>(scale, tf.matMul(directions, classes));
  });
}

function checkMatrix(
  where: string,
  argument: string,
  tensor: tf.Tensor2D,
  expected: string,
  width?: number,
): void {
  const isMatrix = isTensor(tensor) && tensor.rank === 2 && tensor.dtype === 'float32';
  if (isMatrix && (width === undefined || tensor.shape[0] === width)) return;
  throw new InvalidArgumentError({
    where,
    argument,
    expected,
    found: describeValue(tensor),
    remedy: 'Pass the input and the kernel of the last layer.',
  });
}

// ‖x‖ + normOffset along an axis. The square is kept above 0, where the root has no finite
// gradient.
function lengths(x: tf.Tensor2D, axis: number, normOffset: number): tf.Tensor {
  const squares = tf.sum(tf.square(x), axis, true);
  return tf.add(tf.sqrt(tf.maximum(squares, SMALLEST_NORM ** 2)), normOffset);
}
