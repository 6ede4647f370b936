import * as tf from '@tensorflow/tfjs-core';

import {checkOneOf} from '../../core/checks/checkOneOf';
import {describeValue} from '../../core/describeValue';
import {InvalidArgumentError} from '../../core/errors';

/** Where the channels of an image batch stand: on its last axis, or before height and width. */
export type ImageDataFormat = 'channelsLast' | 'channelsFirst';

const FORMATS: readonly ImageDataFormat[] = ['channelsLast', 'channelsFirst'];

/** Lengths of an image batch, whatever the order of its axes. */
export interface ImageLayout {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly isChannelsFirst: boolean;
}

/** Throws unless `dataFormat` names a layout or is left out. */
export function checkDataFormat(where: string, dataFormat: ImageDataFormat | undefined): void {
  if (dataFormat !== undefined) checkOneOf(where, 'dataFormat', dataFormat, FORMATS);
}

// Grey, colour, colour with opacity.
const isChannelCount = (length: number): boolean => length === 1 || length === 3 || length === 4;

/**
 * Which axis of a batch is which. Without a stated format the channels stand last; where the axis
 * before height and width could be channels as well, the batch is refused.
 */
export function imageLayout(
  where: string,
  x: tf.Tensor4D,
  dataFormat: ImageDataFormat | undefined,
): ImageLayout {
  if (!(x instanceof tf.Tensor) || (x as tf.Tensor).rank !== 4) {
    throw new InvalidArgumentError({
      where,
      argument: 'x',
      expected: 'be a tensor [batch, height, width, channels]',
      found: describeValue(x),
      remedy: 'Add a batch axis with tf.expandDims(x, 0) if it is one image.',
    });
  }
  const [batch, second, third, last] = x.shape;
  if (dataFormat === undefined && isChannelCount(second)) {
    throw new InvalidArgumentError({
      where,
      argument: 'dataFormat',
      expected: 'be given for images that could have their channels first',
      found: `none, for x of shape [${x.shape.join(', ')}]`,
      remedy: "Pass 'channelsFirst' or 'channelsLast'.",
    });
  }
  return dataFormat === 'channelsFirst'
    ? {batch, height: third, width: last, channels: second, isChannelsFirst: true}
    : {batch, height: second, width: third, channels: last, isChannelsFirst: false};
}
