import * as tf from '@tensorflow/tfjs-core';

import {describeValue} from './describeValue';
import {InvalidArgumentError} from './errors';

/**
 * One value for each feature of an example: a tensor or nested arrays that broadcast to `x` as in
 * tfjs (`[features]` or `[1, features]` for rows, `[height, width, 1]` for a part of images,
 * `[batch, 1, 1, 1]` for one value per example). A flat list serves where it is as long as the last
 * axis, or has a value for every feature.
 */
export type FeatureValues = tf.Tensor | readonly unknown[] | Float32Array;

/** Values that broadcast against `[batch, ...]`, with an axis for each of its axes. */
export interface FeatureMap {
  /** Each 1, or that of the batch. */
  readonly shape: readonly number[];
  /** A tensor only where WebGPU keeps it from being read at once. */
  readonly values: Float32Array | tf.Tensor;
}

const isList = (value: unknown): value is ArrayLike<unknown> =>
  Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));

/** Whether a value is a flat list of numbers. */
export const isFlatList = (value: unknown): value is ArrayLike<number> =>
  isList(value) && (value.length === 0 || !isList(value[0]));

/**
 * What the caller gave for each feature, not yet read from the device.
 *
 * @param where - Public function, for the error message.
 * @param argument - Its option.
 * @param shape - Of `x`.
 * @throws {@link InvalidArgumentError} if it does not broadcast to `x`.
 */
export function featureMap(
  where: string,
  argument: string,
  value: unknown,
  shape: readonly number[],
): FeatureMap {
  const refuse = (found: string): never => {
    throw new InvalidArgumentError({
      where,
      argument,
      expected: `be a number, or values that broadcast to x of shape [${shape.join(', ')}]`,
      found,
      remedy:
        'Pass a tensor or nested arrays with one value for each feature, ' +
        `[${shape.slice(1).join(', ')}] say.`,
    });
  };
  if (value instanceof tf.Tensor) {
    if (value.isDisposed) return refuse('a disposed tensor');
    if (!['float32', 'int32', 'bool'].includes(value.dtype)) return refuse(describeValue(value));
    const fitted = fittedShape((value as tf.Tensor).shape, shape);
    return fitted === undefined ? refuse(describeValue(value)) : {shape: fitted, values: value};
  }
  if (!isList(value)) return refuse(describeValue(value));
  const own: number[] = [];
  for (let part: unknown = value; isList(part); part = part[0]) own.push(part.length);
  const values = new Float32Array(own.reduce((product, length) => product * length, 1));
  let offset = 0;
  const flatten = (part: unknown, depth: number): void => {
    const length = own[depth];
    if (length === undefined) {
      if (typeof part !== 'number' && typeof part !== 'boolean') refuse(describeValue(part));
      values[offset++] = Number(part);
      return;
    }
    if (!isList(part) || part.length !== length) return refuse('nested arrays of unequal lengths');
    for (let i = 0; i < length; i++) flatten(part[i], depth + 1);
  };
  flatten(value, 0);
  const fitted =
    fittedShape(own, shape) ?? (own.length === 1 ? flatShape(values, shape) : undefined);
  return fitted === undefined
    ? refuse(own.length === 1 ? `${values.length} values` : `arrays of shape [${own.join(', ')}]`)
    : {shape: fitted, values};
}

// The shape, padded to the rank of x, if it broadcasts to x.
function fittedShape(own: readonly number[], shape: readonly number[]): number[] | undefined {
  if (own.length > shape.length) return undefined;
  const missing = shape.length - own.length;
  const fitted = shape.map((_, axis) => (axis < missing ? 1 : (own[axis - missing] ?? 1)));
  return fitted.every((size, axis) => size === 1 || size === shape[axis]) ? fitted : undefined;
}

// A value for every feature, or for every feature of every example.
function flatShape(values: Float32Array, shape: readonly number[]): number[] | undefined {
  const size = tf.util.sizeFromShape(shape.slice(1));
  if (values.length === size) return [1, ...shape.slice(1)];
  return values.length === size * (shape[0] ?? 0) ? [...shape] : undefined;
}

/** The values of a map as a float32 tensor of its shape; call it in a `tf.tidy`. */
export const tensorOfMap = ({shape, values}: FeatureMap): tf.Tensor =>
  values instanceof Float32Array
    ? tf.tensor(values, [...shape])
    : tf.reshape(tf.cast(values, 'float32'), [...shape]);

/** A map with its values on the JavaScript side, read at once. */
export const readMap = ({shape, values}: FeatureMap): FeatureMap => ({
  shape,
  values: values instanceof Float32Array ? values : Float32Array.from(values.dataSync()),
});

/** A map with its values on the JavaScript side, read asynchronously. */
export const readMapAsync = async ({shape, values}: FeatureMap): Promise<FeatureMap> => ({
  shape,
  values: values instanceof Float32Array ? values : Float32Array.from(await values.data()),
});

/** The values of a map that was read. */
export const valuesOf = ({values}: FeatureMap): Float32Array =>
  values instanceof Float32Array ? values : Float32Array.from(values.dataSync());

/** The map of some rows of a batch, in their order. */
export function mapOfRows(map: FeatureMap, rows: ArrayLike<number>): FeatureMap {
  const [count = 1, ...rest] = map.shape;
  if (count === 1) return map;
  const values = valuesOf(map);
  const size = values.length / count;
  const picked = new Float32Array(rows.length * size);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] ?? NaN;
    picked.set(values.subarray(row * size, (row + 1) * size), i * size);
  }
  return {shape: [rows.length, ...rest], values: picked};
}

// The values of maps that serve every example: they are expanded once.
const expanded = new WeakMap<FeatureMap, Float32Array>();

/**
 * The values of a map for one example.
 *
 * @param map - One that was read.
 * @param row - The example.
 * @param shape - Of an example.
 * @returns As many values as an example has; not to be changed.
 */
export function valuesOfRow(map: FeatureMap, row: number, shape: readonly number[]): Float32Array {
  const [count = 1, ...own] = map.shape;
  const known = count === 1 ? expanded.get(map) : undefined;
  if (known !== undefined) return known;
  const all = valuesOf(map);
  const size = all.length / count;
  const first = count === 1 ? 0 : row * size;
  let values = all.subarray(first, first + size);
  // Axis by axis from the last: what a broadcast axis repeats are the values behind it.
  for (let axis = own.length - 1; axis >= 0; axis--) {
    const repeats = own[axis] === shape[axis] ? 1 : (shape[axis] ?? 1);
    if (repeats !== 1) values = repeatedBlocks(values, own.slice(0, axis), repeats);
  }
  if (count === 1) expanded.set(map, values);
  return values;
}

// Repeats every block behind some outer axes.
function repeatedBlocks(
  values: Float32Array,
  outer: readonly number[],
  repeats: number,
): Float32Array {
  const blocks = outer.reduce((product, length) => product * length, 1);
  const block = values.length / blocks;
  const repeated = new Float32Array(values.length * repeats);
  for (let i = 0; i < blocks; i++) {
    for (let k = 0; k < repeats; k++) {
      repeated.set(values.subarray(i * block, (i + 1) * block), (i * repeats + k) * block);
    }
  }
  return repeated;
}

/** The map of images with the channels last, from one of images with the channels first. */
export function mapWithChannelsLast(map: FeatureMap): FeatureMap {
  const [count = 1, channels = 1, height = 1, width = 1] = map.shape;
  const from = valuesOf(map);
  const values = new Float32Array(from.length);
  const pixels = height * width;
  for (let i = 0; i < from.length; i++) {
    const image = Math.floor(i / (channels * pixels));
    const channel = Math.floor(i / pixels) % channels;
    values[(image * pixels + (i % pixels)) * channels + channel] = from[i] ?? NaN;
  }
  return {shape: [count, height, width, channels], values};
}

/**
 * One value per example in a form that cannot be taken for one value per feature.
 *
 * @param values - As many as the batch has examples.
 * @param rank - Of `x`.
 */
export const byExample = (values: readonly number[], rank: number): readonly unknown[] =>
  values.map((value) => {
    let nested: unknown = value;
    for (let axis = 1; axis < rank; axis++) nested = [nested];
    return nested;
  });
