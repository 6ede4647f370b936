import * as tf from '@tensorflow/tfjs-core';

import type {ByteImage} from '../../../src/data/augment/byteImages';
import golden from '../../golden/augment-torchvision.json';

/** Bytes from their base64 text. */
export const bytesOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'base64'));

/** Fresh copies of the images that torchvision was given: a smooth one, noise, and a flat one. */
export function byteImages(): ByteImage[] {
  const [count, height, width, channels] = golden.shape as [number, number, number, number];
  const all = bytesOf(golden.images);
  const size = height * width * channels;
  return Array.from({length: count}, (_, i) => ({
    data: all.slice(i * size, (i + 1) * size),
    ...{height, width, channels},
  }));
}

/** A batch `[batch, height, width, channels]` in `[0, 1]` of byte images. */
export function batchOf(images: readonly ByteImage[]): tf.Tensor4D {
  const [{height, width, channels}] = images as [ByteImage];
  const values = Float32Array.from(
    images.flatMap(({data}) => [...data]),
    (byte) => byte / 255,
  );
  return tf.tensor4d(values, [images.length, height, width, channels]);
}

/** The bytes of a batch; fails where a value is none. */
export function bytesBack(x: tf.Tensor): Uint8Array {
  return Uint8Array.from(x.dataSync(), (value) => {
    const byte = Math.round(value * 255);
    if (Math.fround(byte / 255) !== value) throw new Error(`${value} is no byte over 255`);
    return byte;
  });
}
