import * as tf from '@tensorflow/tfjs-core';

import {checkNumber} from '../core/checks/checkNumber';
import {InvalidArgumentError} from '../core/errors';
import {withDefaults} from '../core/options';
import type {Rng} from '../core/rng';

/** Options of {@link cropAndFlip}. */
export interface CropAndFlipOptions {
  /** Zero pixels added on each side before cropping to the old size, ≥ 0. @defaultValue 4 */
  readonly padding?: number | undefined;
  /** Probability of a horizontal flip, in `[0, 1]`. @defaultValue 0.5 */
  readonly flip?: number | undefined;
}

/** A random change of a batch of images; the caller disposes the result. */
export type Augmentation = (x: tf.Tensor4D, rng: Rng) => tf.Tensor4D;

const DEFAULTS = {padding: 4, flip: 0.5};

/**
 * The usual augmentation of CIFAR training: a random crop of the zero-padded image, then a random
 * horizontal flip, for each image by itself. Pixels are only moved, on the device; the cost is one
 * gather, small beside a training step.
 *
 * @param options - See {@link CropAndFlipOptions}.
 * @returns A function of `x`, `[batch, height, width, channels]`, and a generator, which is drawn
 *   from three times for each image. It returns a tensor of the same shape and dtype.
 * @throws {@link InvalidArgumentError} if an option is out of range, or `x` is not of rank 4.
 * @see He et al. 2016, Deep Residual Learning for Image Recognition, Sec. 4.2.
 * @example
 * ```ts
 * const augment = cropAndFlip({padding: 0, flip: 1});
 * const x = tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1]);
 * augment(x, createRng(1)).dataSync(); // => [2, 1, 4, 3]
 * ```
 */
export function cropAndFlip(options: CropAndFlipOptions = {}): Augmentation {
  const where = 'cropAndFlip';
  const {padding, flip} = withDefaults(where, DEFAULTS, options);
  checkNumber(where, 'padding', padding, {min: 0, integer: true});
  checkNumber(where, 'flip', flip, {min: 0, max: 1});
  return (x, rng) => {
    checkImages(where, x);
    return tf.tidy(() => {
      const [batch, height, width, channels] = x.shape;
      const pixels = batch * height * width;
      const sources = sourcesOf([batch, height, width], padding, flip, rng);
      // Padding is one row of zeros after the last pixel.
      const flat = tf.reshape(x, [pixels, channels]);
      const padded = tf.concat([flat, tf.zeros([1, channels], x.dtype)]);
      return tf.reshape(tf.gather(padded, tf.tensor1d(sources, 'int32')), x.shape);
    });
  };
}

// For each pixel of the result the number of the pixel that it comes from.
function sourcesOf(
  [batch, height, width]: readonly [number, number, number],
  padding: number,
  flip: number,
  rng: Rng,
): Int32Array {
  const outside = batch * height * width;
  const sources = new Int32Array(outside);
  let target = 0;
  for (let image = 0; image < batch; image++) {
    const top = rng.integer(2 * padding + 1) - padding;
    const left = rng.integer(2 * padding + 1) - padding;
    const flipped = rng.uniform() < flip;
    for (let row = 0; row < height; row++) {
      const y = row + top;
      for (let column = 0; column < width; column++) {
        const x = (flipped ? width - 1 - column : column) + left;
        const isInside = y >= 0 && y < height && x >= 0 && x < width;
        sources[target++] = isInside ? (image * height + y) * width + x : outside;
      }
    }
  }
  return sources;
}

function checkImages(where: string, x: tf.Tensor4D): void {
  if (x instanceof tf.Tensor && (x as tf.Tensor).rank === 4) return;
  throw new InvalidArgumentError({
    where,
    argument: 'x',
    expected: 'be a tensor [batch, height, width, channels]',
    found: x instanceof tf.Tensor ? `[${(x as tf.Tensor).shape.join(', ')}]` : `a ${typeof x}`,
    remedy: 'Add a batch axis with tf.expandDims(x, 0) if it is one image.',
  });
}
