import {existsSync, readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {gunzipSync} from 'node:zlib';

import * as tf from '@tensorflow/tfjs-core';
import {fc} from '@fast-check/vitest';
import {describe, expect, it} from 'vitest';

import {isDataFormatError, type DataFormatError} from '../../src/core/errors';
import {idxDataset, parseIdx} from '../../src/data/idx';
import {classCounts} from '../../src/samplers/classCounts';
import {numbers} from '../support/tensors';

/** An IDX file. */
const idx = (shape: readonly number[], data: ArrayLike<number>): Uint8Array => {
  const bytes = new Uint8Array(4 + 4 * shape.length + data.length);
  bytes.set([0, 0, 8, shape.length]);
  shape.forEach((n, axis) => bytes.set([n >>> 24, n >>> 16, n >>> 8, n], 4 + 4 * axis));
  bytes.set(Uint8Array.from(data), 4 + 4 * shape.length);
  return bytes;
};
const formatError = (body: () => unknown): DataFormatError => {
  try {
    body();
  } catch (error) {
    if (isDataFormatError(error)) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};

describe('parseIdx', () => {
  it('reads back any array of bytes, also out of a larger buffer', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({min: 0, max: 4}), {minLength: 1, maxLength: 4}),
        fc.nat(9),
        (shape, before) => {
          const size = shape.reduce((a, b) => a * b, 1);
          const data = Uint8Array.from({length: size}, (_, i) => (i * 91 + 7) % 256);
          const file = idx(shape, data);
          const buffer = new Uint8Array(file.length + before + 3);
          buffer.set(file, before);
          const parsed = parseIdx(buffer.subarray(before, before + file.length));
          expect(parsed.shape).toEqual(shape);
          expect(parsed.data).toEqual(data);
          expect(parsed.data.buffer).toBe(buffer.buffer);
        },
      ),
      {numRuns: 40},
    );
  });

  it('reads lengths as big-endian', () => {
    expect(parseIdx(idx([1, 258], new Uint8Array(258))).shape).toEqual([1, 258]);
  });

  it('says where a file is cut short, at any byte', () => {
    const file = idx([2, 3], [1, 2, 3, 4, 5, 6]);
    for (let length = 0; length < file.length; length++) {
      const error = formatError(() => parseIdx(file.subarray(0, length), 'a.idx'));
      expect(error.offset).toBe(length);
      expect(error.source).toBe('a.idx');
      expect(error.found).toMatch(/^the end of the file/);
    }
  });

  it('has messages that help', () => {
    const file = idx([2, 3], [1, 2, 3, 4, 5, 6]);
    const message = (bytes: Uint8Array) => formatError(() => parseIdx(bytes, 'a.idx')).message;
    expect(message(file.subarray(0, 3))).toMatchInlineSnapshot(
      `"a.idx: expected a magic number of 4 bytes at byte 3, found the end of the file."`,
    );
    expect(message(file.subarray(0, 9))).toMatchInlineSnapshot(
      `"a.idx: expected a header of 12 bytes at byte 9, found the end of the file."`,
    );
    expect(message(file.subarray(0, 15))).toMatchInlineSnapshot(
      `"a.idx: expected 6 values for the shape [2, 3] at byte 15, found the end of the file after 3."`,
    );
    expect(message(new Uint8Array([...file, 0, 0]))).toMatchInlineSnapshot(
      `"a.idx: expected 6 values for the shape [2, 3] at byte 18, found further bytes."`,
    );
    expect(message(new Uint8Array([0, 0, 9, 1, 0, 0, 0, 0]))).toMatchInlineSnapshot(
      `"a.idx: expected the magic number of an IDX file of bytes, 0x000008 and the rank at byte 0, found 0x00000901."`,
    );
    expect(message(new Uint8Array([0x1f, 0x8b, 8, 0, 0]))).toMatchInlineSnapshot(
      `"a.idx: expected the magic number of an IDX file of bytes, 0x000008 and the rank at byte 0, found 0x1f8b0800, a gzip file: decompress it first."`,
    );
    expect(formatError(() => parseIdx(new Uint8Array())).source).toBe('IDX data');
  });

  it.each([
    [1, 0, 8, 1],
    [0, 1, 8, 1],
    [0, 0, 13, 1],
    [0, 0, 8, 0],
  ])('refuses the magic number %d %d %d %d', (...magic) => {
    const error = formatError(() => parseIdx(new Uint8Array([...magic, 0, 0, 0, 0])));
    expect(error.offset).toBe(0);
    expect(error.found).not.toMatch(/gzip/);
  });
});

describe('idxDataset', () => {
  const labels = idx([2], [0, 1]);

  it('reads grey images, and images with channels', () => {
    tf.tidy(() => {
      const grey = idxDataset(idx([2, 1, 2], [0, 51, 102, 255]), labels).batch([1, 0]);
      expect(grey.x.shape).toEqual([2, 1, 2, 1]);
      expect(numbers(grey.x)).toEqual([102 / 255, 1, 0, 51 / 255].map(Math.fround));
      expect(numbers(grey.labels)).toEqual([1, 0]);
      const colour = idxDataset(idx([2, 1, 1, 3], [0, 1, 2, 3, 4, 5]), labels, {
        scale: 5,
        numClasses: 4,
      });
      expect(colour.numClasses).toBe(4);
      expect(colour.batch([1]).x.shape).toEqual([1, 1, 1, 3]);
      expect(numbers(colour.batch([1]).x)).toEqual([3 / 5, 4 / 5, 1].map(Math.fround));
    });
    expect(idxDataset(idx([2, 1, 1], [0, 0]), labels).numClasses).toBe(2);
  });

  it('refuses files that do not belong together', () => {
    const message = (images: Uint8Array, file: Uint8Array, options = {}) =>
      formatError(() => idxDataset(images, file, options)).message;
    const images = idx([3, 1, 1], [0, 0, 0]);
    expect(message(images, labels)).toBe(
      'IDX labels: expected 3 labels, one for each image of IDX images at byte 4, found 2.',
    );
    expect(message(idx([2, 2], [0, 0, 0, 0]), labels)).toBe(
      'IDX images: expected an array of rank 3 or 4 at byte 3, found rank 2.',
    );
    expect(message(idx([2, 1, 1, 1, 1], [0, 0]), labels)).toMatch(/found rank 5/);
    expect(message(images, images)).toBe(
      'IDX labels: expected an array of rank 1 at byte 3, found rank 3.',
    );
    expect(message(images, labels.subarray(1), {labelSource: 'b'})).toMatch(/^b: /);
    expect(message(images.subarray(1), labels, {imageSource: 'a'})).toMatch(/^a: /);
    expect(message(images, idx([3], [0, 7, 9]), {numClasses: 7, labelSource: 'b'})).toBe(
      'b: expected a label below 7, the number of classes at byte 9, found 7.',
    );
    expect(idxDataset(images, idx([3], [0, 7, 9]), {numClasses: 10}).numClasses).toBe(10);
    expect(() => idxDataset(images, idx([3], [0, 7, 9]), {numClasses: 0})).toThrow(
      /^idxDataset: "numClasses" must be/,
    );
    expect(() => idxDataset(images, labels, {scales: 1} as object)).toThrow(
      /^idxDataset: "scales" .* Did you mean "scale"/,
    );
  });
});

const shared = fileURLToPath(new URL('../../../shared/data/', import.meta.url));
describe.skipIf(!existsSync(shared))('../shared/data', () => {
  const read = (name: string) => gunzipSync(readFileSync(shared + name));

  it('optdigits: the counts of its README, 16 grey levels', () => {
    const folder = 'optdigits-8x8/train-';
    const data = idxDataset(
      read(`${folder}images-idx3-ubyte.gz`),
      read(`${folder}labels-idx1-ubyte.gz`),
      {scale: 16},
    );
    expect(classCounts(data.labels, 10)).toEqual([
      376, 389, 380, 389, 387, 376, 377, 387, 380, 382,
    ]);
    tf.tidy(() => {
      const values = numbers(data.batch([0, 1, 2, 3]).x);
      expect(Math.max(...values)).toBe(1);
      expect(values.every((value) => Number.isInteger(value * 16))).toBe(true);
    });
  });

  it('MNIST and Fashion-MNIST: balanced', () => {
    for (const [folder, perClass] of [
      ['mnist-8000', 600],
      ['fashion-mnist-1750', 100],
    ] as const) {
      const data = idxDataset(
        read(`${folder}/train-images-idx3-ubyte.gz`),
        read(`${folder}/train-labels-idx1-ubyte.gz`),
      );
      expect(classCounts(data.labels, 10)).toEqual(Array(10).fill(perClass));
    }
  });
});
