import * as tf from '@tensorflow/tfjs-core';

import {intAt} from '../../core/at';
import {checkNumber} from '../../core/checks/checkNumber';
import {checkRng} from '../../core/checks/checkRng';
import {type Defaults, withDefaults} from '../../core/options';
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
   * Where the channels stand. By default they stand last, and a batch whose axis 1 has length 1, 3
   * or 4, as channels would, is refused.
   */
  readonly dataFormat?: ImageDataFormat | undefined;
}

const DEFAULTS: Defaults<CropAndFlipOptions, 'dataFormat'> = {
  padding: 4,
  flip: 0.5,
  dataFormat: undefined,
};

/**
 * The usual augmentation of CIFAR training: a random crop of the zero-padded image, then a random
 * horizontal flip, for each image by itself. Pixels are only moved: by one
 * gather on a GPU, in memory on the cpu and wasm backends.
 *
 * @param options - See {@link CropAndFlipOptions}.
 * @returns A function of `x`, `[batch, height, width, channels]`, and a generator, which is drawn
 *   from three times for each image. It returns a tensor of the same shape and dtype.
 * @throws {@link InvalidArgumentError} if an option is out of range, `x` is not of rank 4, or its
 *   layout is in doubt.
 * @see He et al. 2016, Deep Residual Learning for Image Recognition, Sec. 4.2.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {createRng} from 'lt-robust';
 * import {cropAndFlip} from 'lt-robust/data';
 *
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
    checkRng(where, rng, 'every image draws from it');
    const layout = imageLayout(where, x, dataFormat);
    const sources = sourcesOf(layout, padding, flip, rng);
    // Rows of `depth` values each: pixels, or single values where the channels stand first.
    const depth = layout.isChannelsFirst ? 1 : layout.channels;
    return isInMemory() ? moveInMemory(x, sources, depth) : moveOnDevice(x, sources, depth);
  };
}

// Backends whose tensors lie in this process's memory; wasm's gather is slower than a loop.
const isInMemory = (): boolean => ['cpu', 'wasm'].includes(tf.getBackend());

function moveInMemory(x: tf.Tensor4D, sources: Int32Array, depth: number): tf.Tensor4D {
  const values = x.dataSync<'float32'>();
  const moved = values.slice().fill(0);
  const rows = values.length / depth;
  for (let row = 0; row < rows; row++) {
    const source = intAt(sources, row);
    if (source === rows) continue;
    for (let i = 0; i < depth; i++) {
      moved[row * depth + i] = values[source * depth + i] ?? NaN;
    }
  }
  return tf.tensor4d(moved, x.shape, x.dtype);
}

/**
 * Moves rows of `depth` values by one gather; a source past the end is a row of zeros.
 *
 * @internal
 */
export function moveOnDevice(x: tf.Tensor4D, sources: Int32Array, depth: number): tf.Tensor4D {
  return tf.tidy(() => {
    const flat = tf.reshape(x, [x.size / depth, depth]);
    // Padding is one row of zeros after the last pixel.
    const padded = tf.concat([flat, tf.zeros([1, depth], x.dtype)]);
    return tf.reshape(tf.gather(padded, tf.tensor1d(sources, 'int32')), x.shape);
  });
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
