import type * as tf from '@tensorflow/tfjs-core';

import {checkBytes} from '../core/checks/checkGiven';
import type {DatasetInMemory} from '../core/dataset';
import {DataFormatError} from '../core/errors';
import {type Defaults, withDefaults} from '../core/options';
import {arrayDataset} from './arrayDataset';
import {cifarClassNames, cifarLabelSet, type CifarLabelSet} from './cifarClasses';

/** Options of {@link cifarDataset}. */
export interface CifarDatasetOptions {
  /** Which of the two sets: CIFAR-10 or CIFAR-100. */
  readonly classes: 10 | 100;
  /**
   * Which labels of CIFAR-100 to take: the 100 `'fine'` ones or the 20 `'coarse'` ones.
   * @defaultValue 'fine'
   */
  readonly labelSet?: 'fine' | 'coarse' | undefined;
  /** Name of the file, for error messages. @defaultValue 'CIFAR data' */
  readonly source?: string | undefined;
}

const DEFAULTS: Defaults<CifarDatasetOptions, 'classes'> = {
  classes: undefined,
  labelSet: 'fine',
  source: 'CIFAR data',
};

const SIDE = 32;
const PLANE = SIDE * SIDE;
const CHANNELS = 3;
const IMAGE = PLANE * CHANNELS;

/** Shape of CIFAR's images. */
export const CIFAR_SHAPE = [SIDE, SIDE, CHANNELS] as const;

/**
 * Largest number of bytes that one of CIFAR's files may unpack to: twice what the 60,000 images
 * take.
 */
export const CIFAR_MAX_BYTES = 2 * 60_000 * (2 + IMAGE);

/** A file of CIFAR's binary form. */
export interface CifarFile {
  readonly source: string;
  readonly bytes: Uint8Array;
}

/**
 * A dataset from the official binary files of CIFAR-10 or CIFAR-100. Several files (the five
 * training batches of CIFAR-10) may be joined end to end.
 *
 * @param bytes - Records of label byte (two for CIFAR-100: coarse, fine), then 1,024 red, green and
 *   blue bytes each.
 * @param options - See {@link CifarDatasetOptions}.
 * @returns A dataset whose batches are `[batch, 32, 32, 3]` float32 in `[0, 1]`, with the names of
 *   its classes.
 * @throws {@link DataFormatError} if the length is no multiple of a record or a label is out of
 *   range.
 * @see Krizhevsky 2009, Learning Multiple Layers of Features from Tiny Images.
 * @example
 * ```ts
 * import {cifarDataset} from 'lt-robust/data';
 *
 * const record = new Uint8Array(3073).fill(255);
 * record[0] = 3; // the label
 * const data = cifarDataset(record, {classes: 10});
 * data.labels; // => [3]
 * data.classNames?.[3]; // => 'cat'
 * data.batch([0]).x.shape; // => [1, 32, 32, 3]
 * ```
 */
export function cifarDataset(
  bytes: Uint8Array,
  options: CifarDatasetOptions,
): DatasetInMemory<tf.Tensor4D> {
  checkBytes('cifarDataset', 'bytes', bytes);
  const {classes, labelSet, source} = withDefaults('cifarDataset', DEFAULTS, options);
  return cifarFiles([{source, bytes}], cifarLabelSet('cifarDataset', classes, labelSet));
}

/**
 * {@link cifarDataset} of several files, each named by its own name in errors.
 *
 * @internal
 */
export function cifarFiles(
  files: readonly CifarFile[],
  labelSet: CifarLabelSet,
): DatasetInMemory<tf.Tensor4D> {
  const record = cifarRecord(labelSet);
  const counts = files.map(({source, bytes}) => cifarCount(source, bytes.length, labelSet));
  const count = counts.reduce((sum, of) => sum + of, 0);
  const labels = new Uint8Array(count);
  const pixels = new Uint8Array(count * IMAGE);
  let example = 0;
  for (const {source, bytes} of files) {
    for (let start = 0; start < bytes.length; start += record.bytes, example++) {
      labels[example] = cifarLabel(source, bytes, start, labelSet);
      interleave(bytes, start + record.image, pixels, example * IMAGE);
    }
  }
  const classNames = cifarClassNames(labelSet);
  return arrayDataset(pixels, labels, {shape: CIFAR_SHAPE, classNames});
}

/** How a record is laid out: its length, and where the label and the image stand. */
export function cifarRecord(labelSet: CifarLabelSet) {
  const image = labelSet === 'cifar10' ? 1 : 2;
  return {bytes: image + IMAGE, label: labelSet === 'fine' ? 1 : 0, image};
}

/** How many records a file of this length has. */
export function cifarCount(source: string, length: number, labelSet: CifarLabelSet): number {
  const {bytes: record} = cifarRecord(labelSet);
  const count = Math.floor(length / record);
  if (count > 0 && length % record === 0) return count;
  throw new DataFormatError({
    source,
    offset: length,
    expected: `the end of a record of ${record} bytes`,
    found: `the end of the file after ${length - count * record} of them`,
  });
}

/**
 * The label of the record that starts at `start`; `base` is where `bytes` begin in the file. Of
 * CIFAR-100 both labels are checked, whichever is asked for: a record that has one wrong is garbled.
 */
export function cifarLabel(
  source: string,
  bytes: Uint8Array,
  start: number,
  labelSet: CifarLabelSet,
  base = 0,
): number {
  if (labelSet === 'cifar10') return labelAt(source, bytes, start, base, 10, 'a label');
  const coarse = labelAt(source, bytes, start, base, 20, 'a coarse label');
  const fine = labelAt(source, bytes, start + 1, base, 100, 'a fine label');
  return labelSet === 'fine' ? fine : coarse;
}

function labelAt(
  source: string,
  bytes: Uint8Array,
  at: number,
  base: number,
  numClasses: number,
  name: string,
): number {
  const label = bytes[at] ?? 0;
  if (label < numClasses) return label;
  throw new DataFormatError({
    source,
    offset: base + at,
    expected: `${name} below ${numClasses}`,
    found: String(label),
  });
}

/** Planes of red, green and blue to pixels of three channels. */
export function interleave(from: Uint8Array, start: number, to: Uint8Array, target: number): void {
  for (let i = 0; i < PLANE; i++) {
    for (let channel = 0; channel < CHANNELS; channel++) {
      to[target + i * CHANNELS + channel] = from[start + channel * PLANE + i] ?? 0;
    }
  }
}
