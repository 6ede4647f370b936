import * as tf from '@tensorflow/tfjs-core';
import {layers, sequential, type LayersModel} from '@tensorflow/tfjs-layers';

import {checkNumber} from '../core/checks/checkNumber';
import {InvalidArgumentError} from '../core/errors';
import {withDefaults} from '../core/options';

/** Mean and standard deviation of the pixels that a model was trained on, per channel. */
export interface PixelStatistics {
  /** In the units of `x`: one number for all channels, or one for each. @defaultValue 0 */
  readonly mean?: number | readonly number[] | undefined;
  /** Like `mean`, but above 0. @defaultValue 1 */
  readonly deviation?: number | readonly number[] | undefined;
}

const DEFAULTS = {
  mean: 0 as number | readonly number[],
  deviation: 1 as number | readonly number[],
};

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
 * @throws {@link InvalidArgumentError} if the model's input is not images, the number of channels
 *   differs, or a deviation is not above 0.
 * @example
 * ```ts
 * const inner = tf.sequential({layers: [tf.layers.flatten({inputShape: [1, 1, 2]})]});
 * const model = normalizePixels(inner, {mean: [0.5, 0.25], deviation: 0.25});
 * const logits = asClassifier(model)(tf.tensor4d([0.5, 1], [1, 1, 1, 2]));
 * logits.dataSync(); // => [0, 3]
 * ```
 */
export function normalizePixels(model: LayersModel, statistics: PixelStatistics): LayersModel {
  const where = 'normalizePixels';
  const settings = withDefaults(where, DEFAULTS, statistics);
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
  const mean = perChannel(where, 'mean', settings.mean, channels);
  const deviation = perChannel(where, 'deviation', settings.deviation, channels);
  deviation.forEach((value, i) => {
    checkNumber(where, `deviation[${i}]`, value, {above: 0});
  });
  const normalization = layers.conv2d({
    inputShape: [height ?? null, width ?? null, channels],
    filters: channels,
    kernelSize: 1,
    trainable: false,
    kernelInitializer: 'zeros',
  });
  const normalized = sequential({layers: [normalization, model]});
  tf.tidy(() => {
    const scale = tf.diag(tf.tensor1d(deviation.map((value) => 1 / value)));
    const kernel = tf.reshape(scale, [1, 1, channels, channels]);
    const bias = mean.map((value, i) => -value / (deviation[i] as number));
    normalization.setWeights([kernel, tf.tensor1d(bias)]);
  });
  return normalized;
}

function perChannel(
  where: string,
  argument: string,
  value: number | readonly number[],
  channels: number,
): number[] {
  const values = typeof value === 'number' ? new Array<number>(channels).fill(value) : [...value];
  if (values.length !== channels) {
    throw new InvalidArgumentError({
      where,
      argument,
      expected: `be a number, or one for each of the ${channels} channels`,
      found: `${values.length} numbers`,
      remedy: 'Pass one number per channel, in the order of the channels.',
    });
  }
  values.forEach((each, i) => {
    checkNumber(where, `${argument}[${i}]`, each);
  });
  return values;
}
