import * as tf from '@tensorflow/tfjs-core';

import {checkNumber} from '../../core/checks/checkNumber';
import {withDefaults} from '../../core/options';
import type {Rng} from '../../core/rng';
import type {Augmentation} from './augmentation';
import {checkDataFormat, imageLayout, type ImageDataFormat, type ImageLayout} from './imageLayout';

/** Options of {@link cropAndFlip}. */
export interface CropAndFlipOptions {
  /** Zero pixels added on each side before cropping to the old size, ≥ 0. @defaultValue 4 */
  readonly padding?: number | undefined;
  /** Probability of a horizontal flip, in `[0, 1]`. @defaultValue 0.5 */
  readonly flip?: number | undefined;
  /**
   * Where the channels stand. By default they stand last, and a batch of which axis 1 has length
   * 1, 3 or 4, as channels would, is refused.
   */
  readonly dataFormat?: ImageDataFormat | undefined;
}

const DEFAULTS = {padding: 4, flip: 0.5, dataFormat: undefined as ImageDataFormat | undefined};

/**
 * The usual augmentation of CIFAR training: a random crop of the zero-padded image, then a random
 * horizontal flip, for each image by itself. Pixels are only moved, on the device; the cost is one
 * gather, small beside a training step.
 *
 * @param options - See {@link CropAndFlipOptions}.
 * @returns A function of `x`, `[batch, height, width, channels]`, and a generator, which is drawn
 *   from three times for each image. It returns a tensor of the same shape and dtype.
 * @throws {@link InvalidArgumentError} if an option is out of range, `x` is not of rank 4, or its
 *   layout is in doubt.
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
  const {padding, flip, dataFormat} = withDefaults(where, DEFAULTS, options);
  checkNumber(where, 'padding', padding, {min: 0, integer: true});
  checkNumber(where, 'flip', flip, {min: 0, max: 1});
  checkDataFormat(where, dataFormat);
  return (x, rng) => {
    const layout = imageLayout(where, x, dataFormat);
    return tf.tidy(() => {
      // Rows of `depth` values each: pixels, or single values where the channels stand first.
      const depth = layout.isChannelsFirst ? 1 : layout.channels;
      const flat = tf.reshape(x, [x.size / depth, depth]);
      // Padding is one row of zeros after the last pixel.
      const padded = tf.concat([flat, tf.zeros([1, depth], x.dtype)]);
      const sources = sourcesOf(layout, padding, flip, rng);
      return tf.reshape(tf.gather(padded, tf.tensor1d(sources, 'int32')), x.shape);
    });
  };
}

// For each row of the result the number of the row that it comes from.
function sourcesOf(layout: ImageLayout, padding: number, flip: number, rng: Rng): Int32Array {
  const {batch, height, width, channels, isChannelsFirst} = layout;
  const planes = isChannelsFirst ? channels : 1;
  const outside = batch * planes * height * width;
  const sources = new Int32Array(outside);
  let target = 0;
  for (let image = 0; image < batch; image++) {
    const top = rng.integer(2 * padding + 1) - padding;
    const left = rng.integer(2 * padding + 1) - padding;
    const flipped = rng.uniform() < flip;
    for (let plane = image * planes; plane < (image + 1) * planes; plane++) {
      for (let row = 0; row < height; row++) {
        const y = row + top;
        for (let column = 0; column < width; column++) {
          const x = (flipped ? width - 1 - column : column) + left;
          const isInside = y >= 0 && y < height && x >= 0 && x < width;
          sources[target++] = isInside ? (plane * height + y) * width + x : outside;
        }
      }
    }
  }
  return sources;
}
