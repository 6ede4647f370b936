import * as tf from '@tensorflow/tfjs-core';

import {intAt} from '../core/at';
import {checkBackend} from '../core/checks/checkBackend';
import {checkIndices} from '../core/checks/checkIndices';
import type {Dataset} from '../core/dataset';
import {InvalidArgumentError} from '../core/errors';

/** What a {@link decodedDataset} is made of. */
export interface DecodedSource {
  readonly shape: readonly [height: number, width: number, channels: number];
  readonly labels: Int32Array;
  readonly numClasses: number;
  readonly classNames?: readonly string[] | undefined;
  /** What a byte is divided by; 255 if it is not given. */
  readonly scale?: number;
  /** Bytes of an image, pixel after pixel, as many as the shape has. */
  readonly load: (index: number) => Promise<Uint8Array>;
  /** Largest number of bytes of loaded images that are kept. */
  readonly cacheBytes: number;
}

/**
 * A dataset of images that are read when a batch asks for them. Once loaded, images stay in memory
 * until `cacheBytes` are used up.
 *
 * @internal
 */
export function decodedDataset(source: DecodedSource): Dataset<tf.Tensor4D> {
  const {shape, labels, numClasses, classNames, load, cacheBytes, scale = 255} = source;
  const [height, width, channels] = shape;
  const size = height * width * channels;
  const kept = new Map<number, Uint8Array>();
  const image = async (index: number): Promise<Uint8Array> => {
    const known = kept.get(index);
    if (known !== undefined) return known;
    const bytes = await load(index);
    if ((kept.size + 1) * size <= cacheBytes) kept.set(index, bytes);
    return bytes;
  };
  return {
    numClasses,
    labels,
    ...(classNames === undefined ? {} : {classNames}),
    async batch(indices) {
      checkIndices('Dataset.batch', 'indices', indices, labels.length);
      checkBackend('Dataset.batch');
      const chosen = Array.from(indices);
      // One after another: decoding takes this thread anyway, and few files stay open.
      const pixels = new Float32Array(chosen.length * size);
      for (const [i, index] of chosen.entries()) {
        const bytes = await image(index);
        checkBrightness(bytes, scale, index);
        // There are enough: every loader checks it.
        for (let at = 0; at < size; at++) pixels[i * size + at] = (bytes[at] ?? NaN) / scale;
      }
      const taken = Int32Array.from(chosen, (index) => intAt(labels, index));
      return {
        x: tf.tensor4d(pixels, [chosen.length, height, width, channels]),
        labels: tf.tensor1d(taken, 'int32'),
      };
    },
  };
}

function checkBrightness(bytes: Uint8Array, scale: number, index: number): void {
  if (scale >= 255) return;
  const wrong = bytes.find((byte) => byte > scale);
  if (wrong === undefined) return;
  throw new InvalidArgumentError({
    where: 'Dataset.batch',
    argument: 'scale',
    expected: 'be the value of full brightness',
    found: `${scale}, and a pixel of ${wrong} in example ${index}`,
    remedy: 'Pass the largest value that a pixel can have: 255 for 8-bit images.',
  });
}
