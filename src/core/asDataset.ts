import * as tf from '@tensorflow/tfjs-core';

import {at} from './at';
import {startedBackend} from './checks/checkBackend';
import {checkNumber} from './checks/checkNumber';
import {isFiniteAsync} from './checks/checkValues';
import type {Dataset} from './dataset';
import {checkedDataset} from './datasets/checkedDataset';
import {exampleArray} from './datasets/exampleArray';
import {labelArray, type Labels} from './datasets/labelArray';
import {collectPipeline, isPipeline, type DataPipeline} from './datasets/pipeline';
import {arrayRows, tensorRows} from './datasets/rows';
import {describeValue} from './describeValue';
import {checkKept} from './checks/checkKept';
import {InvalidArgumentError} from './errors';
import {type Defaults, withDefaults} from './options';

/** Examples and labels, side by side. */
export interface LabelledExamples<I extends tf.Tensor = tf.Tensor> {
  /**
   * A tensor `[n, ...]` float32 or int32, which stays yours and has to outlive the dataset; or an
   * array of n (nested or typed) arrays of numbers.
   */
  readonly x: I | readonly unknown[];
  /** n class numbers, or a tensor of one-hot rows. */
  readonly labels: Labels;
}

/** Options of {@link asDataset}. */
export interface AsDatasetOptions {
  /** Number of classes; by default that of the dataset, or the largest label plus 1. */
  readonly numClasses?: number | undefined;
  /** Name of each class. */
  readonly classNames?: readonly string[] | undefined;
  /**
   * Largest number of bytes that are kept of a `tf.data` pipeline. The default is 2 GiB.
   * @defaultValue 2147483648
   */
  readonly maxBytes?: number | undefined;
}

const DEFAULTS: Defaults<AsDatasetOptions, 'numClasses' | 'classNames'> = {
  numClasses: undefined,
  classNames: undefined,
  maxBytes: 2147483648,
};

const WHERE = 'asDataset';

/**
 * Makes a dataset from the usual forms of data, and checks it:
 *
 * - `{x, labels}`: tensors or arrays. Rows, images and tokens keep their dtype; int32 inputs are
 *   for models that begin with an embedding.
 * - an object with `labels` and `batch`, synchronous or not: each batch is checked as it comes.
 * - a `tf.data` pipeline of `{xs, ys}`, batched or not, which is run through once and kept in
 *   memory. For data beyond memory write a dataset with an asynchronous `batch` instead: samplers
 *   address examples by index.
 *
 * @param source - See above.
 * @param options - See {@link AsDatasetOptions}.
 * @returns The dataset. It is a promise because labels and values may have to be read from the
 *   device first.
 * @throws {@link InvalidArgumentError} if `source` is none of these, lengths disagree, a label is
 *   no class number, a value is not finite, or a pipeline is endless or too large.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {asDataset} from 'lt-robust/data';
 *
 * const x = tf.tensor2d([[0, 1], [2, 3], [4, 5]]);
 * const data = await asDataset({x, labels: [0, 1, 1]});
 * data.numClasses; // => 2
 * const batch = await data.batch([2, 0]);
 * batch.x.dataSync(); // => [4, 5, 0, 1]
 * ```
 */
export async function asDataset<I extends tf.Tensor = tf.Tensor4D>(
  source: LabelledExamples<I> | Dataset<I> | DataPipeline,
  options: AsDatasetOptions = {},
): Promise<Dataset<I>> {
  checkSource(WHERE, 'source', source);
  const {numClasses, classNames, maxBytes} = withDefaults(WHERE, DEFAULTS, options);
  checkNumber(WHERE, 'maxBytes', maxBytes, {above: 0});
  const dataset = await datasetOf<I>(WHERE, source, numClasses, maxBytes);
  const names = classNames ?? dataset.classNames;
  if (names === undefined) return dataset;
  if (names.length !== dataset.numClasses) {
    throw wrong(
      WHERE,
      'classNames',
      `name each of the ${dataset.numClasses} classes`,
      `${names.length} names`,
      'Name every class, also those without examples.',
    );
  }
  return {...dataset, classNames: [...names]};
}

/** What functions that need a dataset take: a {@link Dataset}, or what {@link asDataset} takes. */
export type DatasetSource<I extends tf.Tensor = tf.Tensor4D> =
  Dataset<I> | LabelledExamples<I> | DataPipeline;

/**
 * Throws unless a value has the form of a {@link DatasetSource}; nothing is read.
 *
 * @param where - Public function, for the error message.
 * @param argument - Its argument.
 */
export function checkSource(where: string, argument: string, source: unknown): void {
  const {batch, x, labels} = (source ?? {}) as Record<string, unknown>;
  if (isPipeline(source) || typeof batch === 'function') return;
  if (x !== undefined && labels !== undefined) return;
  throw new InvalidArgumentError({
    ...{where, argument},
    expected: 'be {x, labels}, a dataset with labels and batch, or a tf.data pipeline',
    found: describeValue(source),
    remedy: sourceRemedy(source),
  });
}

function sourceRemedy(source: unknown): string {
  const has = (name: string) => typeof source === 'object' && source !== null && name in source;
  if (has('then')) return 'Await it first.';
  if (has('xs') && has('ys')) return 'Name them so: {x: xs, labels: ys}.';
  return 'Pass {x, labels} as one argument: tensors or arrays with one entry for each example.';
}

/**
 * The dataset in a {@link DatasetSource} that {@link checkSource} let through, as soon as a backend has
 * started. A dataset with its labels in an array is returned as it is.
 *
 * @param where - Public function, for the error messages.
 */
export async function datasetFrom<I extends tf.Tensor>(
  where: string,
  source: DatasetSource<I>,
): Promise<Dataset<I>> {
  // No wait where there is one: inside tf.tidy, tensors are gone after the first.
  if (!tf.getBackend()) await startedBackend(where);
  const {batch, numClasses, labels} = source as Partial<Dataset<I>>;
  const isDataset =
    typeof batch === 'function' &&
    numClasses !== undefined &&
    (Array.isArray(labels) || ArrayBuffer.isView(labels));
  if (isDataset) return source as Dataset<I>;
  return datasetOf<I>(where, source, undefined, DEFAULTS.maxBytes);
}

async function datasetOf<I extends tf.Tensor>(
  where: string,
  source: DatasetSource<I>,
  numClasses: number | undefined,
  maxBytes: number,
): Promise<Dataset<I>> {
  if (isPipeline(source)) {
    const {values, shape, ...labelled} = await collectPipeline(where, source, numClasses, maxBytes);
    return arrayRows<I>(values, shape, labelled.labels, labelled.numClasses);
  }
  if ('batch' in source) return checkedDataset(where, source, numClasses);
  const {x} = source;
  const labelled = await labelArray(where, source.labels, numClasses);
  if (x instanceof tf.Tensor) {
    await checkTensor(where, x, labelled.labels.length);
    return tensorRows(x, labelled.labels, labelled.numClasses);
  }
  const {values, shape, count} = exampleArray(where, x);
  checkCounts(where, count, labelled.labels.length);
  return arrayRows<I>(values, shape, labelled.labels, labelled.numClasses);
}

async function checkTensor(where: string, x: tf.Tensor, count: number): Promise<void> {
  if (x.rank < 2 || (x.dtype !== 'float32' && x.dtype !== 'int32')) {
    const remedy =
      x.rank < 2
        ? 'One row for each example: for single numbers tf.expandDims(x, 1).'
        : "Convert it with tf.cast(x, 'float32').";
    throw wrong(where, 'x', 'be a float32 or int32 tensor [n, ...]', describeValue(x), remedy);
  }
  checkCounts(where, at(x.shape, 0), count);
  checkKept(where, 'x', x);
  if (x.dtype === 'float32' && !(await isFiniteAsync(x))) {
    const remedy = 'Look for a division by zero in the preprocessing, or fill missing values.';
    throw wrong(where, 'x', 'be finite', 'NaN or infinite values', remedy);
  }
}

function checkCounts(where: string, examples: number, labels: number): void {
  if (examples === labels) return;
  throw wrong(
    where,
    'labels',
    `have one entry for each of the ${examples} examples`,
    String(labels),
    'Check that x and labels belong together.',
  );
}

const wrong = (
  where: string,
  argument: string,
  expected: string,
  found: string,
  remedy: string,
): InvalidArgumentError => new InvalidArgumentError({where, argument, expected, found, remedy});
