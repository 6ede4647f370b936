import type * as tf from '@tensorflow/tfjs-core';

import type {DatasetInMemory} from '../core/dataset';
import {DataFormatError, InvalidArgumentError} from '../core/errors';
import {withDefaults} from '../core/options';
import {arrayDataset} from './arrayDataset';

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

const DEFAULTS = {
  classes: undefined as 10 | 100 | undefined,
  labelSet: 'fine' as 'fine' | 'coarse',
  source: 'CIFAR data',
};

const SIDE = 32;
const PLANE = SIDE * SIDE;
const CHANNELS = 3;
const IMAGE = PLANE * CHANNELS;

/**
 * A dataset from the official binary files of CIFAR-10 or CIFAR-100. Several files (the five
 * training batches of CIFAR-10) may be joined end to end.
 *
 * @param bytes - Records of label byte (two for CIFAR-100: coarse, fine), then 1,024 red, green and
 *   blue bytes each.
 * @param options - See {@link CifarDatasetOptions}.
 * @returns A dataset whose batches are `[batch, 32, 32, 3]` float32 in `[0, 1]`.
 * @throws {@link DataFormatError} if the length is no multiple of a record or a label is out of
 *   range.
 * @see Krizhevsky 2009, Learning Multiple Layers of Features from Tiny Images.
 * @example
 * ```ts
 * const record = new Uint8Array(3073).fill(255);
 * record[0] = 3; // the label
 * const data = cifarDataset(record, {classes: 10});
 * data.labels; // => [3]
 * data.batch([0]).x.shape; // => [1, 32, 32, 3]
 * ```
 */
export function cifarDataset(
  bytes: Uint8Array,
  options: CifarDatasetOptions,
): DatasetInMemory<tf.Tensor4D> {
  const {classes, labelSet, source} = withDefaults('cifarDataset', DEFAULTS, options);
  checkChoice('classes', classes, [10, 100]);
  checkChoice('labelSet', labelSet, ['fine', 'coarse']);
  const labelBytes = classes === 10 ? 1 : 2;
  const record = labelBytes + IMAGE;
  const count = Math.floor(bytes.length / record);
  if (count === 0 || bytes.length % record !== 0) {
    throw new DataFormatError({
      source,
      offset: bytes.length,
      expected: `the end of a record of ${record} bytes`,
      found: `the end of the file after ${bytes.length - count * record} of them`,
    });
  }
  const isCoarse = classes === 100 && labelSet === 'coarse';
  const numClasses = isCoarse ? 20 : classes;
  const labelAt = classes === 10 || isCoarse ? 0 : 1;
  const labels = new Uint8Array(count);
  const pixels = new Uint8Array(count * IMAGE);
  for (let i = 0; i < count; i++) {
    const offset = i * record + labelAt;
    const label = bytes[offset] as number;
    if (label >= numClasses) {
      throw new DataFormatError({
        source,
        offset,
        expected: `a label below ${numClasses}`,
        found: String(label),
      });
    }
    labels[i] = label;
    interleave(bytes, i * record + labelBytes, pixels, i * IMAGE);
  }
  return arrayDataset(pixels, labels, {shape: [SIDE, SIDE, CHANNELS], numClasses});
}

// Planes of red, green and blue to pixels of three channels.
function interleave(from: Uint8Array, start: number, to: Uint8Array, target: number): void {
  for (let i = 0; i < PLANE; i++) {
    for (let channel = 0; channel < CHANNELS; channel++) {
      to[target + i * CHANNELS + channel] = from[start + channel * PLANE + i] as number;
    }
  }
}

function checkChoice<T>(
  argument: string,
  value: T | undefined,
  choices: readonly T[],
): asserts value is T {
  if (value !== undefined && choices.includes(value)) return;
  throw new InvalidArgumentError({
    where: 'cifarDataset',
    argument,
    expected: `be ${choices.map((choice) => JSON.stringify(choice)).join(' or ')}`,
    found: JSON.stringify(value),
    remedy: 'Pass one of these.',
  });
}
