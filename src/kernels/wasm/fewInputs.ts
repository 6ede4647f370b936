import type * as tf from '@tensorflow/tfjs-core';

import * as fewInputs from './generated/fewInputsModule';
import {moduleOn} from './moduleOn';

type Call = (...args: number[]) => void;

const fewInputsOn = moduleOn<{readonly fewInputs: Call}>(fewInputs, 'fewInputs', {
  fewInputs: 'fewInputs',
});

/** With more, products with all of them at once are faster. */
const MOST_CHANNELS = 4;

/**
 * The gradient of a convolution of stride 1 to an input of few channels, such as an image.
 *
 * @returns `undefined` where it cannot run or does worse.
 */
export function fewInputsGradient(
  backend: object,
  dy: tf.TensorInfo,
  filter: tf.TensorInfo,
  info: tf.backend_util.Conv2DInfo,
): tf.TensorInfo | undefined {
  const {batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels} = info;
  const {filterHeight, filterWidth, strideHeight, strideWidth, padInfo} = info;
  const instance = fewInputsOn(backend);
  if (!instance || strideHeight * strideWidth !== 1 || inChannels > MOST_CHANNELS) return undefined;
  const {heap, run} = instance;
  const {top, left} = padInfo;
  const before = Math.max(0, filterWidth - 1 - left);
  const paddedWidth = before + Math.max(outWidth, left + inWidth);
  const size8 = 8 * Math.ceil((filterHeight * filterWidth * inChannels) / 8);
  return heap.filled([batchSize, inHeight, inWidth, inChannels], (dx) => {
    heap.withScratch((outChannels + filterHeight * paddedWidth) * size8 + 4, (work) => {
      run.fewInputs(
        ...[heap.address(dy), heap.address(filter), heap.address(dx), batchSize, inHeight, inWidth],
        ...[inChannels, outHeight, outWidth, outChannels, filterHeight, filterWidth, top, left],
        ...[paddedWidth, work],
      );
    });
  });
}
