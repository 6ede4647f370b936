import * as tf from '@tensorflow/tfjs-core';

import {describeValue} from '../describeValue';
import {InvalidArgumentError} from '../errors';
import {labelArray} from './labelArray';

/** The parts of a `tf.data` pipeline that are used here: the package itself is not needed. */
export interface DataPipeline {
  /** Number of elements; `Infinity` for an endless one, `null` where it is not known. */
  readonly size?: number | null;
  /** Starts anew at the first element. */
  iterator(): Promise<DataPipelineIterator>;
}

/** One pass through a pipeline. */
export interface DataPipelineIterator {
  /** The next element, or that there is none. */
  next(): Promise<DataPipelineElement>;
}

/** What an iterator gives. */
export interface DataPipelineElement {
  /** The element, if there is one: tensors in it belong to whoever asked. */
  readonly value: unknown;
  /** Whether the pipeline has come to its end. */
  readonly done?: boolean;
}

/** What a pipeline gave. */
export interface Collected {
  readonly values: Float32Array | Int32Array;
  readonly shape: readonly number[];
  readonly labels: Int32Array;
  readonly numClasses: number;
}

/** Whether a value is a pipeline. */
export const isPipeline = (value: unknown): value is DataPipeline =>
  typeof (value as Partial<DataPipeline> | null)?.iterator === 'function';

/**
 * Runs through a pipeline once and keeps what it gives in memory. Elements are disposed.
 *
 * @param where - Public function, for the error messages.
 * @param pipeline - Elements `{xs, ys}`, `{x, labels}` or `[xs, ys]`, in batches or one by one.
 * @param numClasses - Number of classes, if it is known.
 * @param maxBytes - Most bytes of examples that are kept.
 * @throws {@link InvalidArgumentError} if it is endless or empty, an element has another form, or
 *   there is more than `maxBytes`.
 */
export async function collectPipeline(
  where: string,
  pipeline: DataPipeline,
  numClasses: number | undefined,
  maxBytes: number,
): Promise<Collected> {
  if (pipeline.size === Infinity) {
    throw wrong(where, 'come to an end', 'an endless pipeline', 'Bound it with take(n).');
  }
  const chunks: (Float32Array | Int32Array)[] = [];
  const labels: number[] = [];
  let first: {shape: readonly number[]; dtype: string} | undefined;
  let [bytes, classes] = [0, 0];
  const iterator = await pipeline.iterator();
  for (;;) {
    const {value, done} = await iterator.next();
    if (done === true) break;
    try {
      const element = await elementOf(where, value);
      first ??= element;
      if (element.dtype !== first.dtype || element.shape.join() !== first.shape.join()) {
        const found = `${element.dtype} [${element.shape.join(', ')}]`;
        const wanted = `give examples ${first.dtype} [${first.shape.join(', ')}], as the first is`;
        throw wrong(where, wanted, found, 'Map them to one shape and dtype.');
      }
      chunks.push(element.values);
      labels.push(...element.labels);
      classes = Math.max(classes, element.numClasses);
      bytes += element.values.byteLength;
    } finally {
      tf.dispose(value as tf.TensorContainer);
    }
    if (bytes > maxBytes) {
      const remedy = 'Raise maxBytes, or write a dataset with an asynchronous batch.';
      throw wrong(where, `hold at most ${maxBytes} bytes`, 'more', remedy);
    }
  }
  if (first === undefined) {
    throw wrong(where, 'give an example', 'an empty pipeline', 'Look at its source.');
  }
  const {dtype, shape} = first;
  const size = chunks.reduce((sum, {length}) => sum + length, 0);
  const values = dtype === 'int32' ? new Int32Array(size) : new Float32Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    values.set(chunk, offset);
    offset += chunk.length;
  }
  return {values, shape, ...(await labelArray(where, labels, numClasses ?? classes))};
}

async function elementOf(where: string, value: unknown) {
  const [x, y] = partsOf(where, value);
  const isBatch = y instanceof tf.Tensor && y.rank > 0 && (y as tf.Tensor).shape[0] === x.shape[0];
  const data = await x.data<'float32'>();
  const values = x.dtype === 'int32' ? Int32Array.from(data) : Float32Array.from(data);
  const wrongValue = values.find((value: number) => !Number.isFinite(value));
  if (wrongValue !== undefined) {
    const remedy = 'Look at the preprocessing, or fill missing values.';
    throw wrong(where, 'give finite values', String(wrongValue), remedy);
  }
  const given = isBatch ? y : await singleLabel(where, y);
  return {
    values,
    shape: isBatch ? x.shape.slice(1) : x.shape,
    dtype: x.dtype,
    ...(await labelArray(where, given, undefined)),
  };
}

async function singleLabel(where: string, y: unknown): Promise<number[]> {
  if (typeof y === 'number') return [y];
  if (y instanceof tf.Tensor && y.size === 1) return Array.from(await y.data<'float32'>());
  throw wrong(
    where,
    'give a class number with each example, or a batch of both',
    describeValue(y),
    'Batch the pipeline with batch(n) for one-hot labels.',
  );
}

function partsOf(where: string, value: unknown): [x: tf.Tensor, y: unknown] {
  const {xs, ys, x, labels} = (value ?? {}) as Record<string, unknown>;
  const [first, second] = Array.isArray(value) ? (value as unknown[]) : [xs ?? x, ys ?? labels];
  const isExample = first instanceof tf.Tensor && first.rank > 0;
  if (isExample && (first.dtype === 'float32' || first.dtype === 'int32')) return [first, second];
  throw wrong(
    where,
    'give {xs, ys} or {x, labels} with a float32 or int32 tensor of examples',
    first === undefined ? 'another form' : describeValue(first),
    Array.isArray(first)
      ? 'Batch it, pipeline.batch(32): that makes tensors of its arrays.'
      : 'Map its elements: pipeline.map(...).',
  );
}

const wrong = (
  where: string,
  expected: string,
  found: string,
  remedy: string,
): InvalidArgumentError =>
  new InvalidArgumentError({where, argument: 'source', expected, found, remedy});
