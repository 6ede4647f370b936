import * as tf from '@tensorflow/tfjs-core';
import {layers} from '@tensorflow/tfjs-layers';

import {at} from '../../core/at';
import {checkNumber} from '../../core/checks/checkNumber';
import {InvalidArgumentError} from '../../core/errors';
import {type Defaults, withDefaults} from '../../core/options';

/** Mean and standard deviation of the pixels that a model was trained on, per channel. */
export interface PixelStatistics {
  /** In the units of `x`: one number for all channels, or one for each. @defaultValue 0 */
  readonly mean?: number | readonly number[] | undefined;
  /** Like `mean`, but above 0. @defaultValue 1 */
  readonly deviation?: number | readonly number[] | undefined;
}

const DEFAULTS: Defaults<PixelStatistics> = {
  mean: 0,
  deviation: 1,
};

const NAME = 'normalize';

/** Whether a layer is one that normalises pixels: its weights are constants, not learned. */
export function isNormalization(layer: layers.Layer): boolean {
  if (layer.name !== NAME || layer.getClassName() !== 'Conv2D') return false;
  const [height, width, inputs, outputs] = layer.weights[0]?.shape ?? [];
  return height === 1 && width === 1 && inputs === outputs;
}

/**
 * A frozen 1×1 convolution that computes `(x - mean) / deviation`.
 *
 * @param where - Public function, for error messages.
 * @param statistics - See {@link PixelStatistics}.
 * @param inputShape - Height, width and channels of one image.
 * @returns The layer, and a function that sets its weights once the layer is built.
 * @throws {@link InvalidArgumentError} if the number of channels differs, or a deviation is not
 *   above 0.
 */
export function normalizationLayer(
  where: string,
  statistics: PixelStatistics,
  inputShape: readonly [height: number | null, width: number | null, channels: number],
): {layer: layers.Layer; fill: () => void} {
  const settings = withDefaults(where, DEFAULTS, statistics);
  const channels = inputShape[2];
  const mean = perChannel(where, 'mean', settings.mean, channels);
  const deviation = perChannel(where, 'deviation', settings.deviation, channels);
  deviation.forEach((value, i) => {
    checkNumber(where, `deviation[${i}]`, value, {above: 0});
  });
  const layer = layers.conv2d({
    name: NAME,
    inputShape: [...inputShape],
    filters: channels,
    kernelSize: 1,
    trainable: false,
    kernelInitializer: 'zeros',
  });
  const fill = () =>
    tf.tidy(() => {
      const scale = tf.diag(tf.tensor1d(deviation.map((value) => 1 / value)));
      const kernel = tf.reshape(scale, [1, 1, channels, channels]);
      const bias = mean.map((value, i) => -value / at(deviation, i));
      layer.setWeights([kernel, tf.tensor1d(bias)]);
    });
  return {layer, fill};
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
