import type * as tf from '@tensorflow/tfjs-core';

import {checkText} from '../core/checks/checkForm';
import {checkBytes} from '../core/checks/checkGiven';
import {checkNumClasses} from '../core/checks/checkLabelArray';
import type {DatasetInMemory} from '../core/dataset';
import {DataFormatError, type DataFormat} from '../core/errors';
import {type Defaults, withDefaults} from '../core/options';
import {arrayDataset} from './arrayDataset';

/** An array of bytes read from an IDX file. */
export interface IdxArray {
  /** Length of each axis. */
  readonly shape: readonly number[];
  /** The values, row-major; a view of the file's bytes, not a copy. */
  readonly data: Uint8Array;
}

/** Options of {@link idxDataset}. */
export interface IdxDatasetOptions {
  /** Number of classes; by default the largest label plus 1. */
  readonly numClasses?: number | undefined;
  /** What a pixel is divided by: the value of full brightness. @defaultValue 255 */
  readonly scale?: number | undefined;
  /** Name of the image file, for error messages. @defaultValue 'IDX images' */
  readonly imageSource?: string | undefined;
  /** Name of the label file, for error messages. @defaultValue 'IDX labels' */
  readonly labelSource?: string | undefined;
}

const DEFAULTS: Defaults<IdxDatasetOptions, 'numClasses'> = {
  numClasses: undefined,
  scale: 255,
  imageSource: 'IDX images',
  labelSource: 'IDX labels',
};

const UNSIGNED_BYTE = 0x08;
const GZIP_MAGIC = 0x1f8b;

/**
 * Reads an IDX file of bytes, the format of MNIST and similar datasets: magic number, lengths of
 * the axes, values.
 *
 * @param bytes - The whole file, not compressed (see {@link gunzip}).
 * @param source - Its name, for error messages.
 * @returns Shape and values; the values share memory with `bytes`.
 * @throws {@link DataFormatError} if the magic number is wrong or there are too few or too many
 *   bytes.
 * @see LeCun, Cortes, Burges, The MNIST Database of Handwritten Digits.
 * @example
 * ```ts
 * import {parseIdx} from 'lt-robust/data';
 *
 * const file = new Uint8Array([0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 0, 3, 7, 8, 9]);
 * parseIdx(file).shape; // => [1, 3]
 * parseIdx(file).data; // => [7, 8, 9]
 * ```
 */
export function parseIdx(bytes: Uint8Array, source = 'IDX data'): IdxArray {
  checkBytes('parseIdx', 'bytes', bytes);
  checkText('parseIdx', 'source', source);
  const {shape, start} = idxHeader(bytes, bytes.length, source);
  return {shape, data: bytes.subarray(start)};
}

/**
 * Shape and start of the values of an IDX file.
 *
 * @param head - Its first bytes: all, or the longest header there can be, 1,024.
 * @param length - Length of the file.
 * @param source - Its name, for error messages.
 * @internal
 */
export function idxHeader(
  head: Uint8Array,
  length: number,
  source: string,
): {shape: number[]; start: number} {
  const {shape, start, size} = idxLayout(head, source);
  if (length !== start + size) {
    const found = length - start;
    fail({
      source,
      offset: start + Math.min(found, size),
      expected: `${size} values for the shape [${shape.join(', ')}]`,
      found: found < size ? `the end of the file after ${found}` : 'further bytes',
    });
  }
  return {shape, start};
}

/**
 * What the first bytes of an IDX file say of the rest.
 *
 * @internal
 */
export function idxLayout(
  head: Uint8Array,
  source: string,
): {shape: number[]; start: number; size: number} {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const rank = checkMagic(view, source);
  const start = 4 + 4 * rank;
  if (head.length < start) {
    fail({
      source,
      offset: head.length,
      expected: `a header of ${start} bytes`,
      found: 'the end of the file',
    });
  }
  const shape = Array.from({length: rank}, (_, axis) => view.getUint32(4 + 4 * axis));
  return {shape, start, size: shape.reduce((product, length) => product * length, 1)};
}

/**
 * A dataset of images from a pair of IDX files.
 *
 * @param imageBytes - Image file, not compressed: `[count, height, width]`, or with a last axis of
 *   channels.
 * @param labelBytes - Label file, not compressed: `[count]`.
 * @param options - See {@link IdxDatasetOptions}.
 * @returns A dataset whose batches are `[batch, height, width, channels]` float32 in `[0, 1]`.
 * @throws {@link DataFormatError} if a file is garbled, the two do not belong together, or a label
 *   is not below `numClasses`.
 * @throws {@link InvalidArgumentError} if there is no image, `numClasses` is no number of classes,
 *   `scale` is not positive, or a pixel is larger than it.
 * @example
 * ```ts
 * import {idxDataset} from 'lt-robust/data';
 *
 * const images = new Uint8Array([0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 255]);
 * const labels = new Uint8Array([0, 0, 8, 1, 0, 0, 0, 1, 4]);
 * idxDataset(images, labels).batch([0]).x.dataSync(); // => [0, 1]
 * ```
 */
export function idxDataset(
  imageBytes: Uint8Array,
  labelBytes: Uint8Array,
  options: IdxDatasetOptions = {},
): DatasetInMemory<tf.Tensor4D> {
  checkBytes('idxDataset', 'imageBytes', imageBytes);
  checkBytes('idxDataset', 'labelBytes', labelBytes);
  const settings = withDefaults('idxDataset', DEFAULTS, options);
  const {numClasses, scale, imageSource, labelSource} = settings;
  const images = parseIdx(imageBytes, imageSource);
  const labels = parseIdx(labelBytes, labelSource);
  const [count, height, width, channels] = imageAxes(images.shape, imageSource);
  checkLabelAxes(labels.shape, labelSource, count, imageSource);
  checkIdxLabels('idxDataset', labels.data, numClasses, labelSource);
  return arrayDataset(images.data, labels.data, {
    shape: [height, width, channels],
    numClasses,
    scale,
  });
}

/**
 * The axes of an image file; grey images have one channel.
 *
 * @internal
 */
export function imageAxes(
  shape: readonly number[],
  source: string,
): [count: number, height: number, width: number, channels: number] {
  const [count, height, width, channels = 1] = shape;
  if (shape.length > 4 || count === undefined || height === undefined || width === undefined) {
    fail({source, offset: 3, expected: 'an array of rank 3 or 4', found: `rank ${shape.length}`});
  }
  return [count, height, width, channels];
}

/**
 * Throws unless a label file has one label for each image.
 *
 * @internal
 */
export function checkLabelAxes(
  shape: readonly number[],
  source: string,
  count: number,
  imageSource: string,
): void {
  if (shape.length !== 1) {
    fail({source, offset: 3, expected: 'an array of rank 1', found: `rank ${shape.length}`});
  }
  if (shape[0] === count) return;
  fail({
    source,
    offset: 4,
    expected: `${count} labels, one for each image of ${imageSource}`,
    found: String(shape[0]),
  });
}

// A label file has one axis: magic number and length are before its labels.
const LABELS_START = 8;

/**
 * Throws unless all labels of a file are below the number of classes, where it is given.
 *
 * @throws {@link InvalidArgumentError} if `numClasses` is no number of classes.
 * @throws {@link DataFormatError} that names the byte of the first label that is not below it.
 * @internal
 */
export function checkIdxLabels(
  where: string,
  labels: Uint8Array,
  numClasses: number | undefined,
  source: string,
): void {
  if (numClasses === undefined) return;
  checkNumClasses(where, numClasses);
  const wrong = labels.findIndex((label) => label >= numClasses);
  if (wrong < 0) return;
  fail({
    source,
    offset: LABELS_START + wrong,
    expected: `a label below ${numClasses}, the number of classes`,
    found: String(labels[wrong]),
  });
}

function checkMagic(view: DataView, source: string): number {
  if (view.byteLength < 4) {
    fail({
      source,
      offset: view.byteLength,
      expected: 'a magic number of 4 bytes',
      found: 'the end of the file',
    });
  }
  const rank = view.getUint8(3);
  if (view.getUint16(0) !== 0 || view.getUint8(2) !== UNSIGNED_BYTE || rank === 0) {
    const magic = `0x${view.getUint32(0).toString(16).padStart(8, '0')}`;
    const isGzip = view.getUint16(0) === GZIP_MAGIC;
    fail({
      source,
      offset: 0,
      expected: 'the magic number of an IDX file of bytes, 0x000008 and the rank',
      found: isGzip ? `${magic}, a gzip file: decompress it first` : magic,
    });
  }
  return rank;
}

function fail(facts: DataFormat): never {
  throw new DataFormatError(facts);
}
