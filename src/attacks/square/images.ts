import * as tf from '@tensorflow/tfjs-core';

import {describeValue} from '../../core/describeValue';
import {InvalidArgumentError} from '../../core/errors';
import type {Rng} from '../../core/rng';
import type {Norm} from '../../core/threatModel';

/** Size of an image whose values lie row by row, the channels of a pixel together. */
export interface ImageShape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** A square part of an image. */
export interface ImageWindow {
  readonly top: number;
  readonly left: number;
  readonly side: number;
}

/** Throws unless the attack can work on `x` in a norm. */
export function checkImages(where: string, x: tf.Tensor, norm: Norm): void {
  const isImages = x instanceof tf.Tensor && x.rank === 4;
  if (!isImages) {
    throw new InvalidArgumentError({
      where,
      argument: 'x',
      expected: 'be images [batch, height, width, channels]',
      found: describeValue(x),
      remedy: 'The Square attack changes windows of images; use another attack on other data.',
    });
  }
  const height = x.shape[1] as number;
  if (norm === 'linf' || height >= 5) return;
  throw new InvalidArgumentError({
    where,
    argument: 'x',
    expected: 'be at least 5 pixels high for L2, whose start has five tiles',
    found: `a height of ${height}`,
    remedy: "Use norm: 'linf', or larger images.",
  });
}

/**
 * A window at a random place. As in the published code the last row and column are out of reach,
 * unless the window is as large as the image.
 */
export function drawWindow(rng: Rng, side: number, {height, width}: ImageShape): ImageWindow {
  const top = Math.trunc((height - side) * rng.uniform());
  const left = Math.trunc((width - side) * rng.uniform());
  return {top, left, side};
}

/** Where the pixels of a window begin within an image, row by row; pixels outside are left out. */
export function pixelOffsets({top, left, side}: ImageWindow, shape: ImageShape): Int32Array {
  const {height, width, channels} = shape;
  const offsets: number[] = [];
  for (let row = top; row < Math.min(top + side, height); row++) {
    for (let column = left; column < Math.min(left + side, width); column++) {
      offsets.push((row * width + column) * channels);
    }
  }
  return Int32Array.from(offsets);
}

/** Where all pixels of an image begin. */
export const allOffsets = ({height, width, channels}: ImageShape): Int32Array =>
  Int32Array.from({length: height * width}, (_, pixel) => pixel * channels);

/** Copies some pixels from one image to another. */
export function copyPixels(
  source: Float32Array,
  target: Float32Array,
  offsets: Int32Array,
  channels: number,
): void {
  for (const offset of offsets) {
    for (let i = offset; i < offset + channels; i++) target[i] = source[i] as number;
  }
}
