import * as tf from '@tensorflow/tfjs-core';

import {checkBackend} from '../core/checks/checkBackend';
import {checkClassNames} from '../core/checks/checkClassNames';
import {checkList} from '../core/checks/checkNumbers';
import {intAt} from '../core/at';
import {checkLabelArray} from '../core/checks/checkLabelArray';
import {checkNumber} from '../core/checks/checkNumber';
import type {DatasetInMemory} from '../core/dataset';
import {describeValue} from '../core/describeValue';
import {InvalidArgumentError} from '../core/errors';
import {type Defaults, withDefaults} from '../core/options';

/** Options of {@link arrayDataset}. */
export interface ArrayDatasetOptions {
  /** Shape of one example. */
  readonly shape: readonly [height: number, width: number, channels: number];
  /** Number of classes; by default the largest label plus 1. */
  readonly numClasses?: number | undefined;
  /**
   * What a pixel is divided by, > 0: the value of full brightness; by default 255 for bytes and 1
   * for floats.
   */
  readonly scale?: number | undefined;
  /** Name of each class; there are as many classes as names, unless `numClasses` says otherwise. */
  readonly classNames?: readonly string[] | undefined;
}

const DEFAULTS: Defaults<ArrayDatasetOptions, 'shape' | 'numClasses' | 'scale' | 'classNames'> = {
  shape: undefined,
  numClasses: undefined,
  scale: undefined,
  classNames: undefined,
};

// Tolerance for float pixels that were divided elsewhere: rounding may have moved them past the
// end.
const TOLERANCE = 1e-6;

/**
 * A dataset of images in memory. Bytes stay bytes there (a quarter of the space) and become floats
 * from 0 to 1 batch by batch. All values are checked once, here.
 *
 * @param pixels - Example after example, each `[height, width, channels]` row-major; kept, not
 *   copied: do not change it afterwards.
 * @param labels - One integer ≥ 0 for each example.
 * @param options - See {@link ArrayDatasetOptions}.
 * @returns A dataset whose batches are `[batch, height, width, channels]` float32 in `[0, 1]`.
 * @throws {@link InvalidArgumentError} if there is no example, lengths disagree, a label is out of
 *   range, or a pixel divided by `scale` is not in `[0, 1]`.
 * @example
 * ```ts
 * import {arrayDataset} from 'lt-robust/data';
 *
 * const data = arrayDataset(new Uint8Array([0, 51, 255]), [0, 1, 1], {shape: [1, 1, 1]});
 * const {x, labels} = data.batch([2, 1]);
 * x.dataSync(); // => [1, 0.2]
 * labels.dataSync(); // => [1, 1]
 * ```
 */
export function arrayDataset(
  pixels: Uint8Array | Float32Array,
  labels: ArrayLike<number>,
  options: ArrayDatasetOptions,
): DatasetInMemory<tf.Tensor4D> {
  const where = 'arrayDataset';
  const settings = withDefaults(where, DEFAULTS, options);
  const [height, width, channels] = checkedShape(where, settings.shape);
  const isBytes = checkPixelType(where, pixels);
  const {scale = isBytes ? 255 : 1} = settings;
  checkNumber(where, 'scale', scale, {above: 0});
  const {classNames} = settings;
  checkList(where, 'labels', labels);
  const numClasses = settings.numClasses ?? classNames?.length ?? largest(labels) + 1;
  checkLabelArray(where, labels, numClasses);
  checkClassNames(where, classNames, numClasses);
  const size = height * width * channels;
  checkLength(where, pixels.length, labels.length, size);
  checkValues(where, pixels, scale);

  const count = labels.length;
  const kept = Int32Array.from(labels);
  // A table is faster than dividing each byte, and just as exact.
  const brightness = isBytes ? Float32Array.from({length: 256}, (_, value) => value / scale) : null;
  const write = (target: Float32Array, offset: number, index: number) => {
    const start = index * size;
    for (let i = 0; i < size; i++) {
      const value = pixels[start + i] ?? NaN; // there are enough: checked above
      target[offset + i] = brightness === null ? value / scale : (brightness[value] ?? NaN);
    }
  };
  return {
    numClasses,
    labels: kept,
    ...(classNames === undefined ? {} : {classNames: [...classNames]}),
    batch(indices) {
      checkBackend('Dataset.batch');
      const x = new Float32Array(indices.length * size);
      const chosen = new Int32Array(indices.length);
      for (let i = 0; i < indices.length; i++) {
        const index = indices[i];
        checkNumber('Dataset.batch', `indices[${i}]`, index, {
          min: 0,
          max: count - 1,
          integer: true,
        });
        write(x, i * size, index);
        chosen[i] = intAt(kept, index);
      }
      return {
        x: tf.tensor4d(x, [indices.length, height, width, channels]),
        labels: tf.tensor1d(chosen, 'int32'),
      };
    },
  };
}

function checkedShape(
  where: string,
  given: readonly number[] | undefined,
): readonly [number, number, number] {
  const shape: readonly number[] = Array.isArray(given) ? given : [];
  const [height, width, channels, ...more] = shape;
  if (height === undefined || width === undefined || channels === undefined || more.length > 0) {
    throw new InvalidArgumentError({
      where,
      argument: 'shape',
      expected: 'be [height, width, channels] of one example',
      found: describeValue(given),
      remedy: shapeRemedy(shape),
    });
  }
  [height, width, channels].forEach((length, axis) => {
    checkNumber(where, `shape[${axis}]`, length, {min: 1, integer: true});
  });
  return [height, width, channels];
}

function shapeRemedy({length}: readonly number[]): string {
  if (length === 1)
    return 'For rows of features use asDataset({x, labels}), x a tensor [n, features].';
  if (length === 2) return 'For grey images add a 1: [height, width, 1].';
  return length === 4
    ? 'Leave the number of examples out.'
    : 'For anything but images use asDataset({x, labels}).';
}

function checkPixelType(where: string, pixels: Uint8Array | Float32Array): boolean {
  // By tag, so that arrays of another realm and Node's Buffer are recognised.
  const type: unknown = ArrayBuffer.isView(pixels) ? pixels[Symbol.toStringTag] : undefined;
  if (type !== 'Uint8Array' && type !== 'Float32Array') {
    throw new InvalidArgumentError({
      where,
      argument: 'pixels',
      expected: 'be a Uint8Array or a Float32Array',
      found: describeValue(pixels),
      remedy: pixelsRemedy(pixels, type),
    });
  }
  return type === 'Uint8Array';
}

function pixelsRemedy(pixels: unknown, type: unknown): string {
  if (type === 'Float64Array') return 'Convert it with Float32Array.from(pixels).';
  if (type === 'Uint8ClampedArray') return 'For canvas pixels use new Uint8Array(image.data).';
  if (Array.isArray(pixels) && typeof pixels[0] === 'number') {
    return 'Make one: new Uint8Array(pixels) of bytes, new Float32Array(pixels) of floats from 0 to 1.';
  }
  return Array.isArray(pixels) || pixels instanceof tf.Tensor
    ? 'For tensors and nested arrays use asDataset({x, labels}).'
    : 'Bytes from 0 to 255, or floats from 0 to 1.';
}

function largest(labels: ArrayLike<number>): number {
  let max = 0;
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i] ?? NaN;
    // A value that is not a class is left to the check of the labels, which reports it.
    if (Number.isInteger(label)) max = Math.max(max, label);
  }
  return max;
}

function checkLength(where: string, found: number, count: number, size: number): void {
  if (found === count * size) return;
  throw new InvalidArgumentError({
    where,
    argument: 'pixels',
    expected: `have ${count * size} values, ${size} for each of the ${count} labels`,
    found: String(found),
    remedy: 'Check the shape, and that pixels and labels belong together.',
  });
}

function checkValues(where: string, pixels: Uint8Array | Float32Array, scale: number): void {
  const max = scale * (1 + TOLERANCE);
  const min = -scale * TOLERANCE;
  // NaN fails both comparisons.
  const wrong = pixels.findIndex((value: number) => !(value >= min && value <= max));
  if (wrong < 0) return;
  throw new InvalidArgumentError({
    where,
    argument: 'pixels',
    expected: `lie in [0, ${scale}]`,
    found: `${pixels[wrong]} at position ${wrong}`,
    remedy:
      (pixels[wrong] ?? 0) < 0
        ? 'For values below 0, and any that are no pixels, use asDataset({x, labels}).'
        : 'Set scale to the value of full brightness: 255 for 8-bit images.',
  });
}
