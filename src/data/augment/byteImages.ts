import * as tf from '@tensorflow/tfjs-core';

import {byteAt, floatAt} from '../../core/at';
import {describeValue} from '../../core/describeValue';
import {InvalidArgumentError} from '../../core/errors';
import {imageLayout, type ImageDataFormat} from './imageLayout';

/** One image of bytes, pixel after pixel, its channels side by side. */
export interface ByteImage {
  readonly data: Uint8Array;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

// How far rounding may take a pixel out of [0, 1], about 0.3 / 255; a pixel further off was never a
// byte.
const TOLERANCE = 1e-3;

/**
 * Changes each image of a batch as bytes: pixels are read from the device, multiplied by 255 and
 * rounded, changed one image after another, and sent back divided by 255.
 *
 * @param where - Public function, for the error messages.
 * @param x - Images float32 in `[0, 1]`, of one or three channels.
 * @param dataFormat - Where the channels stand.
 * @param change - Writes into the image that it gets, or returns another of the same size.
 * @throws {@link InvalidArgumentError} if `x` is no such batch.
 */
export async function changeBytes(
  where: string,
  x: tf.Tensor4D,
  dataFormat: ImageDataFormat | undefined,
  change: (image: ByteImage) => ByteImage,
): Promise<tf.Tensor4D> {
  const {batch, height, width, channels, isChannelsFirst} = imageLayout(where, x, dataFormat);
  checkColours(where, x, channels);
  const {shape} = x;
  const pixels = await x.data<'float32'>();
  const result = new Float32Array(pixels.length);
  const plane = height * width;
  const size = plane * channels;
  const bytes = new Uint8Array(size * batch);
  const read = isChannelsFirst ? interleavedBytes : bytesOf;
  read(where, pixels, bytes, plane, channels);
  for (let start = 0; start < bytes.length; start += size) {
    const data = bytes.subarray(start, start + size);
    const changed = change({data, height, width, channels});
    if (changed.data !== data) data.set(changed.data);
  }
  const write = isChannelsFirst ? writePlanes : writePixels;
  write(bytes, result, plane, channels);
  return tf.tensor4d(result, shape);
}

// The pixel of each byte.
const PIXELS = Float32Array.from({length: 256}, (_, byte) => byte / 255);

// To the nearest byte: the product has no more than 32 bits, so that neither it nor the sum is rounded.
const byteOf = (value: number): number => (value * 255 + 0.5) | 0;

function bytesOf(where: string, pixels: Float32Array, bytes: Uint8Array): void {
  for (let i = 0; i < pixels.length; i++) {
    const value = floatAt(pixels, i);
    // NaN fails both comparisons.
    if (!(value >= -TOLERANCE && value <= 1 + TOLERANCE)) refuse(where, value);
    bytes[i] = byteOf(value);
  }
}

// From planes, one for each channel of each image, to pixels with their channels side by side.
function interleavedBytes(
  where: string,
  pixels: Float32Array,
  bytes: Uint8Array,
  plane: number,
  channels: number,
): void {
  const size = plane * channels;
  for (let start = 0; start < pixels.length; start += size) {
    for (let channel = 0; channel < channels; channel++) {
      for (let p = 0; p < plane; p++) {
        const value = floatAt(pixels, start + channel * plane + p);
        if (!(value >= -TOLERANCE && value <= 1 + TOLERANCE)) refuse(where, value);
        bytes[start + p * channels + channel] = byteOf(value);
      }
    }
  }
}

function writePixels(bytes: Uint8Array, result: Float32Array): void {
  for (let i = 0; i < bytes.length; i++) result[i] = floatAt(PIXELS, byteAt(bytes, i));
}

function writePlanes(
  bytes: Uint8Array,
  result: Float32Array,
  plane: number,
  channels: number,
): void {
  const size = plane * channels;
  for (let start = 0; start < bytes.length; start += size) {
    for (let channel = 0; channel < channels; channel++) {
      for (let p = 0; p < plane; p++) {
        const byte = byteAt(bytes, start + p * channels + channel);
        result[start + channel * plane + p] = floatAt(PIXELS, byte);
      }
    }
  }
}

function refuse(where: string, value: number): never {
  throw new InvalidArgumentError({
    where,
    argument: 'x',
    expected: 'lie in [0, 1]',
    found: describeValue(value),
    remedy: 'Divide pixels by 255; augment before any normalisation.',
  });
}

function checkColours(where: string, x: tf.Tensor4D, channels: number): void {
  if (x.dtype === 'float32' && (channels === 1 || channels === 3)) return;
  throw new InvalidArgumentError({
    where,
    argument: 'x',
    expected: 'be float32 images of 1 or 3 channels',
    found: describeValue(x),
    remedy:
      x.dtype === 'float32'
        ? "For images with their channels first pass dataFormat: 'channelsFirst'."
        : 'Convert pixels with tf.div(x, 255).',
  });
}
