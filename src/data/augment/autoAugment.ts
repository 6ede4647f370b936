import {checkRng} from '../../core/checks/checkRng';
import {type Defaults, withDefaults} from '../../core/options';
import type {Rng} from '../../core/rng';
import type {AsyncAugmentation} from './augmentation';
import {changeBytes, type ByteImage} from './byteImages';
import {checkDataFormat, type ImageDataFormat} from './imageLayout';
import {applyAt, type OperationName} from './imageOperation';

/** Options of {@link autoAugment}. */
export interface AutoAugmentOptions {
  /**
   * Where the channels stand. By default they stand last, and a batch whose axis 1 has length 1, 3
   * or 4, as channels would, is refused.
   */
  readonly dataFormat?: ImageDataFormat | undefined;
}

const DEFAULTS: Defaults<AutoAugmentOptions, 'dataFormat'> = {dataFormat: undefined};

/** An operation, how often it is applied, and its strength from 0 to 9. */
export type PolicyStep = readonly [name: OperationName, probability: number, strength?: number];

/** The policy that was found for CIFAR-10: pairs of operations, one pair for each image. */
export const CIFAR10_POLICY: readonly (readonly [PolicyStep, PolicyStep])[] = [
  [
    ['Invert', 0.1],
    ['Contrast', 0.2, 6],
  ],
  [
    ['Rotate', 0.7, 2],
    ['TranslateX', 0.3, 9],
  ],
  [
    ['Sharpness', 0.8, 1],
    ['Sharpness', 0.9, 3],
  ],
  [
    ['ShearY', 0.5, 8],
    ['TranslateY', 0.7, 9],
  ],
  [
    ['AutoContrast', 0.5],
    ['Equalize', 0.9],
  ],
  [
    ['ShearY', 0.2, 7],
    ['Posterize', 0.3, 7],
  ],
  [
    ['Color', 0.4, 3],
    ['Brightness', 0.6, 7],
  ],
  [
    ['Sharpness', 0.3, 9],
    ['Brightness', 0.7, 9],
  ],
  [
    ['Equalize', 0.6],
    ['Equalize', 0.5],
  ],
  [
    ['Contrast', 0.6, 7],
    ['Sharpness', 0.6, 5],
  ],
  [
    ['Color', 0.7, 7],
    ['TranslateX', 0.5, 8],
  ],
  [
    ['Equalize', 0.3],
    ['AutoContrast', 0.4],
  ],
  [
    ['TranslateY', 0.4, 3],
    ['Sharpness', 0.2, 6],
  ],
  [
    ['Brightness', 0.9, 6],
    ['Color', 0.2, 8],
  ],
  [
    ['Solarize', 0.5, 2],
    ['Invert', 0],
  ],
  [
    ['Equalize', 0.2],
    ['AutoContrast', 0.6],
  ],
  [
    ['Equalize', 0.2],
    ['Equalize', 0.6],
  ],
  [
    ['Color', 0.9, 9],
    ['Equalize', 0.6],
  ],
  [
    ['AutoContrast', 0.8],
    ['Solarize', 0.2, 8],
  ],
  [
    ['Brightness', 0.1, 3],
    ['Color', 0.7, 0],
  ],
  [
    ['Solarize', 0.4, 5],
    ['AutoContrast', 0.9],
  ],
  [
    ['TranslateY', 0.9, 9],
    ['TranslateY', 0.7, 9],
  ],
  [
    ['AutoContrast', 0.9],
    ['Solarize', 0.8, 3],
  ],
  [
    ['Equalize', 0.8],
    ['Invert', 0.1],
  ],
  [
    ['TranslateY', 0.7, 9],
    ['AutoContrast', 0.9],
  ],
];

const BINS = 10;

/**
 * AutoAugment with the policy that was found for CIFAR-10 (the papers use it for CIFAR-100 too):
 * for each image one of 25 pairs of operations, each of the two applied with a probability of its
 * own. Definitions, ranges and arithmetic are those of torchvision's v2 transforms on bytes: on the
 * fixtures, every operation gives the same bytes as theirs.
 *
 * Pixels are read from the device, changed as bytes and sent back, so it is asynchronous.
 *
 * @param options - See {@link AutoAugmentOptions}.
 * @returns A function of `x`, `[batch, height, width, channels]` float32 in `[0, 1]` with 1 or 3
 *   channels, and a generator. It resolves to a tensor of the same shape.
 * @throws {@link InvalidArgumentError} if `x` is no such batch or its layout is in doubt.
 * @see Cubuk et al. 2019, AutoAugment: Learning Augmentation Strategies from Data, Table 7.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {createRng} from 'lt-robust';
 * import {autoAugment} from 'lt-robust/data';
 *
 * const x = tf.fill<tf.Rank.R4>([1, 32, 32, 3], 0.2);
 * const y = await autoAugment()(x, createRng(1));
 * y.shape; // => [1, 32, 32, 3]
 * ```
 */
export function autoAugment(options: AutoAugmentOptions = {}): AsyncAugmentation {
  const where = 'autoAugment';
  const {dataFormat} = withDefaults(where, DEFAULTS, options);
  checkDataFormat(where, dataFormat);
  const change = (image: ByteImage, rng: Rng): ByteImage => {
    let changed = image;
    for (const [name, probability, strength = 0] of CIFAR10_POLICY[
      rng.integer(CIFAR10_POLICY.length)
    ] ?? []) {
      if (rng.uniform() < probability) {
        changed = applyAt(name, changed, strength / (BINS - 1), rng);
      }
    }
    return changed;
  };
  return async (x, rng) => {
    checkRng(where, rng, 'every image draws from it');
    return changeBytes(where, x, dataFormat, (image) => change(image, rng));
  };
}
