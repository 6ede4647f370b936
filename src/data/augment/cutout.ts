import * as tf from '@tensorflow/tfjs-core';

import {checkNumber} from '../../core/checks/checkNumber';
import {checkRng} from '../../core/checks/checkRng';
import {type Defaults, withDefaults} from '../../core/options';
import type {Augmentation} from './augmentation';
import {checkDataFormat, imageLayout, type ImageDataFormat} from './imageLayout';

/** Options of {@link cutout}. */
export interface CutoutOptions {
  /** Side of the square in pixels, ≥ 1: 16 for CIFAR-10, 8 for CIFAR-100. @defaultValue 16 */
  readonly size?: number | undefined;
  /**
   * Where the channels stand. By default they stand last, and a batch whose axis 1 has length 1, 3
   * or 4, as channels would, is refused.
   */
  readonly dataFormat?: ImageDataFormat | undefined;
}

const DEFAULTS: Defaults<CutoutOptions, 'dataFormat'> = {size: 16, dataFormat: undefined};

/**
 * Cutout: in each image a square of zeros. Its middle is uniform over the pixels, so part of it
 * may lie outside. Computed on the device.
 *
 * @param options - See {@link CutoutOptions}.
 * @returns A function of `x`, `[batch, height, width, channels]` float32, and a generator, which
 *   is drawn from twice for each image. It returns a tensor of the same shape.
 * @throws {@link InvalidArgumentError} if an option is out of range, `x` is not of rank 4, or its
 *   layout is in doubt.
 * @see DeVries & Taylor 2017, Improved Regularization of Convolutional Neural Networks with Cutout,
 *   Sec. 3.2: a square of side `size` from `size / 2` (rounded down) before the middle.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {createRng} from 'lt-robust';
 * import {cutout} from 'lt-robust/data';
 *
 * const x = tf.ones<tf.Rank.R4>([1, 8, 8, 1]);
 * const zeros = 64 - tf.sum(cutout({size: 2})(x, createRng(1))).dataSync()[0];
 * zeros; // => 4
 * ```
 */
export function cutout(options: CutoutOptions = {}): Augmentation {
  const where = 'cutout';
  const {size, dataFormat} = withDefaults(where, DEFAULTS, options);
  checkNumber(where, 'size', size, {min: 1, integer: true});
  checkDataFormat(where, dataFormat);
  return (x, rng) => {
    checkRng(where, rng, 'every image draws from it');
    const {batch, height, width, isChannelsFirst} = imageLayout(where, x, dataFormat);
    const kept = new Float32Array(batch * height * width).fill(1);
    for (let image = 0; image < batch; image++) {
      const top = rng.integer(height) - Math.floor(size / 2);
      const left = rng.integer(width) - Math.floor(size / 2);
      const [start, end] = [Math.max(0, left), Math.min(width, left + size)];
      for (let y = Math.max(0, top); y < Math.min(height, top + size); y++) {
        const row = (image * height + y) * width;
        kept.fill(0, row + start, row + end);
      }
    }
    return tf.tidy(() =>
      tf.mul(
        x,
        tf.tensor4d(kept, isChannelsFirst ? [batch, 1, height, width] : [batch, height, width, 1]),
      ),
    );
  };
}
