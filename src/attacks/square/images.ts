import * as tf from '@tensorflow/tfjs-core';

import {at} from '../../core/at';
import {describeValue} from '../../core/describeValue';
import {InvalidArgumentError} from '../../core/errors';
import {type FeatureThreatOptions, refuseFeatures} from '../../core/featureThreat';
import {type DataFormat, dataFormatOf} from '../../core/layers/imageLayout';
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

/**
 * Throws unless the attack can work on `x` in a norm; returns the layout of the images.
 *
 * @param where - Public function, for the error message.
 * @param x - The images.
 * @param settings - The norm, and the layout if the caller gave it.
 * @param model - The caller's model, which may show the layout.
 */
export function checkImages(
  where: string,
  x: tf.Tensor,
  {norm, dataFormat: given}: {norm: Norm; dataFormat?: DataFormat | undefined},
  model?: unknown,
): DataFormat {
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
  const dataFormat = dataFormatOf(where, x, given, model);
  const height = at(x.shape, dataFormat === 'channelsFirst' ? 2 : 1);
  if (norm !== 'l2' || height >= 5) return dataFormat;
  throw new InvalidArgumentError({
    where,
    argument: 'x',
    expected: 'be at least 5 pixels high for L2, whose start has five tiles',
    found: `a height of ${height}`,
    remedy: "Use norm: 'linf', or larger images.",
  });
}

/** Throws where features have budgets of their own and the norm is L2. */
export function refuseL2Features(
  where: string,
  settings: FeatureThreatOptions,
  x: tf.Tensor,
): void {
  if (settings.norm !== 'l2') return;
  const remedy =
    'Square under L2 moves the same length from window to window. Use its L∞ form, or leave Square ' +
    "out of AutoAttack: attacks: ['apgd-ce', 'apgd-t', 'fab-t'].";
  refuseFeatures(where, settings, x.shape, remedy);
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

/** The entries of an image in a window: row by row, the channels of a pixel together. */
export function entriesOf({top, left, side}: ImageWindow, shape: ImageShape): Int32Array {
  const {width, channels} = shape;
  const line = side * channels;
  const entries = new Int32Array(side * line);
  for (let row = 0; row < side; row++) {
    const first = ((top + row) * width + left) * channels;
    for (let i = 0; i < line; i++) entries[row * line + i] = first + i;
  }
  return entries;
}

/** Copies some entries of one image to another, which begin at `from` and `to`. */
export function copyEntries(
  source: Float32Array,
  from: number,
  target: Float32Array,
  to: number,
  entries: Int32Array,
): void {
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i] ?? NaN;
    target[to + entry] = source[from + entry] ?? NaN;
  }
}
