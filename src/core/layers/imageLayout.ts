import * as tf from '@tensorflow/tfjs-core';

import {checkOneOf} from '../checks/checkOneOf';
import {InvalidArgumentError} from '../errors';
import {isLayersModel, modelOf} from './layersModel';

/** Where the channels of images lie: `[batch, height, width, channels]`, or after the batch. */
export type DataFormat = 'channelsLast' | 'channelsFirst';

const FORMATS = ['channelsLast', 'channelsFirst'] as const;

// An image of one channel, of colours, or of colours and transparency.
const USUAL_CHANNELS = 4;

/**
 * The layout of a batch of images: what the caller says, else what the convolutions and pooling
 * layers of the model say, else channels last. It is in doubt if the model has layers of both, or if
 * the shape speaks for the other layout: at most 4 rows and more than 4 channels.
 *
 * @param where - Public function, for the error message.
 * @param x - `[batch, ...]`, rank 4.
 * @param given - The caller's option.
 * @param model - What the caller passed as the model; looked at if it is a `tf.LayersModel`, or a
 *   classifier of one.
 * @throws {@link InvalidArgumentError} if `given` is no layout, or in doubt.
 */
export function dataFormatOf(
  where: string,
  x: tf.Tensor,
  given: DataFormat | undefined,
  model: unknown,
): DataFormat {
  if (given !== undefined) {
    checkOneOf(where, 'dataFormat', given, FORMATS);
    return given;
  }
  const formats = formatsOf(layersModelIn(model));
  const [format = 'channelsLast'] = formats;
  const [, second = 0, , last = 0] = x.shape;
  const [own, other] = format === 'channelsLast' ? [last, second] : [second, last];
  const isLikely = own <= USUAL_CHANNELS || other > USUAL_CHANNELS;
  if (formats.size <= 1 && isLikely) return format;
  const layers = formats.size > 1 ? ' and a model with layers of both' : '';
  throw new InvalidArgumentError({
    where,
    argument: 'dataFormat',
    expected: 'be given where the layout of the images is in doubt',
    found: `none, with images [${x.shape.join(', ')}]${layers}`,
    remedy:
      "Pass dataFormat: 'channelsFirst' for [batch, channels, height, width], 'channelsLast' for " +
      '[batch, height, width, channels].',
  });
}

function layersModelIn(model: unknown): object | undefined {
  if (typeof model === 'function') return modelOf(model);
  if (typeof model !== 'object' || model === null) return undefined;
  if (isLayersModel(model)) return model;
  return 'inference' in model ? layersModelIn(model.inference) : undefined;
}

/** The layouts that the convolutions and pooling layers of a model say. */
export function formatsOf(
  model: object | undefined,
  found = new Set<DataFormat>(),
): Set<DataFormat> {
  if (model === undefined || !isLayersModel(model)) return found;
  for (const layer of model.layers) {
    if (typeof layer !== 'object' || layer === null) continue;
    formatsOf(layer, found);
    if (!('dataFormat' in layer) || !classNameOf(layer).includes('2D')) continue;
    const {dataFormat} = layer;
    if (dataFormat === 'channelsLast' || dataFormat === 'channelsFirst') found.add(dataFormat);
  }
  return found;
}

const classNameOf = (layer: object): string =>
  'getClassName' in layer && typeof layer.getClassName === 'function'
    ? String((layer.getClassName as () => unknown)())
    : '';

/** Images `[batch, channels, height, width]` with the channels last. */
export const toChannelsLast = (x: tf.Tensor4D): tf.Tensor4D => tf.transpose(x, [0, 2, 3, 1]);

/** Images `[batch, height, width, channels]` with the channels first. */
export const toChannelsFirst = (x: tf.Tensor4D): tf.Tensor4D => tf.transpose(x, [0, 3, 1, 2]);
