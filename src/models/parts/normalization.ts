import * as tf from '@tensorflow/tfjs-core';
import {layers} from '@tensorflow/tfjs-layers';

import {at} from '../../core/at';
import {checkGiven} from '../../core/checks/checkGiven';
import {checkNumber} from '../../core/checks/checkNumber';
import {isList} from '../../core/checks/checkNumbers';
import {describeValue} from '../../core/describeValue';
import {InvalidArgumentError} from '../../core/errors';
import {type Defaults, withDefaults} from '../../core/options';

/** Mean and standard deviation of the pixels that a model was trained on, per channel. */
export interface PixelStatistics {
  /** In the units of `x`: one number for all channels, or one for each. @defaultValue 0 */
  readonly mean?: number | readonly number[] | undefined;
  /** Like `mean`, but above 0, with an inverse that float32 holds. @defaultValue 1 */
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
 * @throws {@link InvalidArgumentError} if the number of channels differs, a deviation is not above 0,
 *   or float32 does not hold `1 / deviation` and `mean / deviation`.
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
    const inverse = Math.fround(1 / value);
    const remedy =
      'Pass both in the units of the pixels, such as 0.25 where these are from 0 to 1.';
    const isScale = inverse > 0 && inverse < Infinity;
    checkGiven(where, `deviation[${i}]`, value, isScale, 'have an inverse within float32', remedy);
    const shift = Math.fround(at(mean, i) / value);
    const expected = 'be within float32 after division by deviation';
    checkGiven(where, `mean[${i}]`, at(mean, i), Number.isFinite(shift), expected, remedy);
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
  const isOne = typeof value === 'number';
  if (!isOne && (!isList(value) || value.length !== channels)) {
    throw new InvalidArgumentError({
      where,
      argument,
      expected: `be a number, or one for each of the ${channels} channels`,
      found: isList(value) ? `${value.length} numbers` : describeValue(value),
      remedy: 'Pass one number per channel, in the order of the channels.',
    });
  }
  const values = isOne ? new Array<number>(channels).fill(value) : Array.from(value);
  values.forEach((each, i) => {
    checkNumber(where, `${argument}[${i}]`, each);
  });
  return values;
}
