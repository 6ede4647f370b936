import * as tf from '@tensorflow/tfjs-core';

import {checkNumber} from '../../core/checks/checkNumber';
import {checkRng} from '../../core/checks/checkRng';
import {type Defaults, withDefaults} from '../../core/options';
import type {Rng} from '../../core/rng';
import {betaNumber} from './betaNumber';
import {checkDataFormat, imageLayout, type ImageDataFormat, type ImageLayout} from './imageLayout';
import {mixNeighbours, type Mixing} from './mixedBatch';

/** Options of {@link cutMix}. */
export interface CutMixOptions {
  /** Number of classes, ≥ 2. */
  readonly numClasses: number;
  /**
   * Both parameters of the Beta distribution from which the fraction kept is drawn, > 0.
   * @defaultValue 1
   */
  readonly alpha?: number | undefined;
  /**
   * Where the channels stand. By default they stand last, and a batch whose axis 1 has length 1, 3
   * or 4, as channels would, is refused.
   */
  readonly dataFormat?: ImageDataFormat | undefined;
}

const DEFAULTS: Defaults<CutMixOptions, 'numClasses' | 'dataFormat'> = {
  numClasses: undefined,
  alpha: 1,
  dataFormat: undefined,
};

/** A rectangle of pixels: from `left`, `top` to `right`, `bottom`, which lie outside. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/**
 * CutMix: in every image a rectangle comes from its neighbour, the same rectangle for the whole
 * batch. Labels are mixed in the proportion of the pixels. Computed on the device, as torchvision's
 * v2 transform (largest difference on the fixture: 0).
 *
 * @param options - See {@link CutMixOptions}.
 * @returns A function of a batch of images, float32 `[batch, height, width, channels]`, and a
 *   generator. Train on its soft labels, or on {@link mixedLoss}.
 * @throws {@link InvalidArgumentError} if an option is out of range, the batch is not one, its layout
 *   is in doubt, there is no generator, or, on cpu, wasm and tfjs-node, a label is out of range.
 * @see Yun et al. 2019, CutMix: Regularization Strategy to Train Strong Classifiers with
 *   Localizable Features, Eqs. 1 and 2.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {createRng} from 'lt-robust';
 * import {cutMix} from 'lt-robust/data';
 *
 * const x = tf.tensor4d([0, 0, 0, 0, 1, 1, 1, 1], [2, 2, 2, 1]);
 * const batch = {x, labels: tf.tensor1d([0, 1], 'int32')};
 * const mixed = cutMix({numClasses: 2})(batch, createRng(2));
 * const ones = tf.sum(mixed.x, [1, 2, 3]).dataSync();
 * ones[1] / 4 - mixed.weight; // => 0
 * ```
 */
export function cutMix(options: CutMixOptions): Mixing {
  const where = 'cutMix';
  const {numClasses, alpha, dataFormat} = withDefaults(where, DEFAULTS, options);
  checkNumber(where, 'numClasses', numClasses, {min: 2, integer: true});
  checkNumber(where, 'alpha', alpha, {above: 0});
  checkDataFormat(where, dataFormat);
  return (batch, rng) => {
    checkRng(where, rng, 'every batch draws from it');
    const layout = imageLayout(where, batch.x, dataFormat);
    const {height, width} = layout;
    const box = randomBox(height, width, betaNumber(alpha, rng), rng);
    const area = (box.right - box.left) * (box.bottom - box.top);
    const weight = 1 - area / (height * width);
    return mixNeighbours(where, batch, numClasses, weight, (x, other) =>
      tf.where(tf.tensor4d(insideOf(box, layout), x.shape, 'bool'), other, x),
    );
  };
}

// The rectangle has the fraction 1 − kept of the area, and its middle is uniform over the pixels.
// It is cut off at the edges.
function randomBox(height: number, width: number, kept: number, rng: Rng): Box {
  const middleX = rng.integer(width);
  const middleY = rng.integer(height);
  const half = 0.5 * Math.sqrt(1 - kept);
  const [halfWidth, halfHeight] = [Math.trunc(half * width), Math.trunc(half * height)];
  return {
    left: Math.max(0, middleX - halfWidth),
    top: Math.max(0, middleY - halfHeight),
    right: Math.min(width, middleX + halfWidth),
    bottom: Math.min(height, middleY + halfHeight),
  };
}

// 1 for every value inside the box. The mask has full size, since broadcasting is slow on wasm.
function insideOf(box: Box, layout: ImageLayout): Uint8Array {
  const {batch, height, width, channels, isChannelsFirst} = layout;
  const [planes, depth] = isChannelsFirst ? [batch * channels, 1] : [batch, channels];
  const inside = new Uint8Array(planes * height * width * depth);
  for (let plane = 0; plane < planes; plane++) {
    for (let y = box.top; y < box.bottom; y++) {
      const row = (plane * height + y) * width;
      inside.fill(1, (row + box.left) * depth, (row + box.right) * depth);
    }
  }
  return inside;
}
