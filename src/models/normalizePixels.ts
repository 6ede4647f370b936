import {sequential, type LayersModel} from '@tensorflow/tfjs-layers';

import {isLayersModel} from '../core/layers/layersModel';
import {checkGiven} from '../core/checks/checkGiven';
import {InvalidArgumentError} from '../core/errors';
import {isNormalization, normalizationLayer, type PixelStatistics} from './parts/normalization';

/**
 * Puts the normalisation `(x - mean) / deviation` inside a model, so that attacks see pixels:
 * epsilon and clip then mean what they say. Attacking normalised images with `clip: [0, 1]` is the
 * most common mistake with adversarial examples. Made of a frozen 1×1 convolution, so that the
 * result saves, loads and trains like any `tf.LayersModel`.
 *
 * @param model - From normalised images `[batch, height, width, channels]` to logits (or ending in
 *   a softmax). The result shares its weights: training one trains the other.
 * @param statistics - See {@link PixelStatistics}.
 * @returns A model from pixels. Its `dispose()` disposes `model`'s weights too.
 * @throws {@link InvalidArgumentError} if the model's input is not images, it normalises already,
 *   the number of channels differs, or a deviation is not above 0.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {layers, sequential} from '@tensorflow/tfjs-layers';
 * import {asClassifier} from 'lt-robust';
 * import {normalizePixels} from 'lt-robust/models';
 *
 * const inner = sequential({layers: [layers.flatten({inputShape: [1, 1, 2]})]});
 * const model = normalizePixels(inner, {mean: [0.5, 0.25], deviation: 0.25});
 * const logits = asClassifier(model)(tf.tensor4d([0.5, 1], [1, 1, 1, 2]));
 * logits.dataSync(); // => [0, 3]
 * ```
 */
export function normalizePixels(model: LayersModel, statistics: PixelStatistics): LayersModel {
  const where = 'normalizePixels';
  const isModel = typeof model === 'object' && (model as unknown) !== null && isLayersModel(model);
  checkGiven(
    where,
    'model',
    model,
    isModel,
    'be a tf.LayersModel',
    'Await it first, if it is loaded.',
  );
  const shape = model.inputs[0]?.shape ?? [];
  const [, height, width, channels] = shape;
  if (model.inputs.length !== 1 || shape.length !== 4 || typeof channels !== 'number') {
    throw new InvalidArgumentError({
      where,
      argument: 'model',
      expected: 'have one input [batch, height, width, channels]',
      found: model.inputs.map((input) => `[${input.shape.join(', ')}]`).join(' and ') || 'none',
      remedy: 'For other inputs, normalise inside a function from x to logits.',
    });
  }
  if (model.layers.some(isNormalization)) {
    throw new InvalidArgumentError({
      where,
      argument: 'model',
      expected: 'not normalise its pixels yet',
      found: 'one that does',
      remedy: 'Use the model as it is: it takes pixels.',
    });
  }
  const {layer, fill} = normalizationLayer(where, statistics, [
    height ?? null,
    width ?? null,
    channels,
  ]);
  const normalized = sequential({layers: [layer, model]});
  fill();
  return normalized;
}
