import {at} from '../../core/at';
import {checkNumber} from '../../core/checks/checkNumber';
import {checkRng} from '../../core/checks/checkRng';
import {type Defaults, withDefaults} from '../../core/options';
import type {Rng} from '../../core/rng';
import type {AsyncAugmentation} from './augmentation';
import {changeBytes, type ByteImage} from './byteImages';
import {checkDataFormat, type ImageDataFormat} from './imageLayout';
import {applyAt, OPERATION_NAMES, type OperationName} from './imageOperation';

/** Options of {@link randAugment}. */
export interface RandAugmentOptions {
  /** Operations applied to each image, one after another, ≥ 0. @defaultValue 2 */
  readonly operations?: number | undefined;
  /** Strength of all operations, an integer in `[0, bins)`. @defaultValue 8 */
  readonly magnitude?: number | undefined;
  /** Steps that each operation's range is divided into, ≥ 2. @defaultValue 31 */
  readonly bins?: number | undefined;
  /**
   * Where the channels stand. By default they stand last, and a batch whose axis 1 has length 1, 3
   * or 4, as channels would, is refused.
   */
  readonly dataFormat?: ImageDataFormat | undefined;
}

const DEFAULTS: Defaults<RandAugmentOptions, 'dataFormat'> = {
  operations: 2,
  magnitude: 8,
  bins: 31,
  dataFormat: undefined,
};

// AutoAugment's operations without Invert.
const CHOICES: readonly OperationName[] = OPERATION_NAMES.filter((name) => name !== 'Invert');

/**
 * RandAugment: `operations` of 14 operations, drawn for each image with replacement, all at one
 * strength. Definitions, ranges and arithmetic are those of torchvision's v2 transforms on bytes:
 * on the fixtures, every operation gives the same bytes as theirs.
 *
 * Pixels are read from the device, changed as bytes and sent back, so it is asynchronous. The
 * order of the usual pipeline is RandAugment first, then {@link cropAndFlip}: see
 * {@link augmentInTurn}.
 *
 * @param options - See {@link RandAugmentOptions}.
 * @returns A function of `x`, `[batch, height, width, channels]` float32 in `[0, 1]` with 1 or 3
 *   channels, and a generator. It resolves to a tensor of the same shape.
 * @throws {@link InvalidArgumentError} if an option is out of range, or `x` is no such batch or
 *   its layout is in doubt.
 * @see Cubuk et al. 2020, RandAugment: Practical Automated Data Augmentation with a Reduced Search
 *   Space.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {createRng} from 'lt-robust';
 * import {randAugment} from 'lt-robust/data';
 *
 * const augment = randAugment({operations: 2, magnitude: 8});
 * const x = tf.fill<tf.Rank.R4>([1, 32, 32, 3], 0.2);
 * const y = await augment(x, createRng(1));
 * y.shape; // => [1, 32, 32, 3]
 * ```
 */
export function randAugment(options: RandAugmentOptions = {}): AsyncAugmentation {
  const where = 'randAugment';
  const {operations, magnitude, bins, dataFormat} = withDefaults(where, DEFAULTS, options);
  checkNumber(where, 'operations', operations, {min: 0, integer: true});
  checkNumber(where, 'bins', bins, {min: 2, integer: true});
  checkNumber(where, 'magnitude', magnitude, {min: 0, max: bins - 1, integer: true});
  checkDataFormat(where, dataFormat);
  const fraction = magnitude / (bins - 1);
  const change = (image: ByteImage, rng: Rng): ByteImage => {
    let changed = image;
    for (let i = 0; i < operations; i++) {
      const name = at(CHOICES, rng.integer(CHOICES.length));
      changed = applyAt(name, changed, fraction, rng);
    }
    return changed;
  };
  return async (x, rng) => {
    checkRng(where, rng, 'every image draws from it');
    return changeBytes(where, x, dataFormat, (image) => change(image, rng));
  };
}
