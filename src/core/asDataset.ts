import * as tf from '@tensorflow/tfjs-core';

import {checkIndices} from './checks/checkIndices';
import {checkNumber} from './checks/checkNumber';
import {isFiniteAsync} from './checks/checkValues';
import type {Batch, Dataset} from './dataset';
import {exampleArray} from './datasets/exampleArray';
import {labelArray, type Labels} from './datasets/labelArray';
import {collectPipeline, isPipeline, type DataPipeline} from './datasets/pipeline';
import {describeValue} from './describeValue';
import {InvalidArgumentError} from './errors';
import {withDefaults} from './options';

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
   * Most bytes that are kept of a `tf.data` pipeline. The default is 2 GiB.
   * @defaultValue 2147483648
   */
  readonly maxBytes?: number | undefined;
}

const DEFAULTS = {
  numClasses: undefined as number | undefined,
  classNames: undefined as readonly string[] | undefined,
  maxBytes: 2147483648,
};

const WHERE = 'asDataset';

/**
 * Makes a dataset of what people have, and checks it at the door:
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
  const {numClasses, classNames, maxBytes} = withDefaults(WHERE, DEFAULTS, options);
  checkNumber(WHERE, 'maxBytes', maxBytes, {above: 0});
  const dataset = await datasetOf<I>(source, numClasses, maxBytes);
  const names = classNames ?? dataset.classNames;
  if (names === undefined) return dataset;
  if (names.length !== dataset.numClasses) {
    throw wrong(
      'classNames',
      `name each of the ${dataset.numClasses} classes`,
      `${names.length} names`,
      'Name every class, also those without examples.',
    );
  }
  return {...dataset, classNames: [...names]};
}

async function datasetOf<I extends tf.Tensor>(
  source: unknown,
  numClasses: number | undefined,
  maxBytes: number,
): Promise<Dataset<I>> {
  if (isPipeline(source)) {
    const {values, shape, ...labelled} = await collectPipeline(WHERE, source, numClasses, maxBytes);
    return arrayRows<I>(values, shape, labelled.labels, labelled.numClasses);
  }
  const form = (typeof source === 'object' ? source : null) as Partial<Dataset<I>> & {x?: unknown};
  if (typeof form?.batch === 'function') return checkedDataset(form as Dataset<I>, numClasses);
  if (form === null || form.x === undefined || form.labels === undefined) {
    throw wrong(
      'source',
      'be {x, labels}, a dataset with labels and batch, or a tf.data pipeline',
      form === null
        ? describeValue(source)
        : `an object with ${Object.keys(form).join(', ') || 'nothing'}`,
      'Pass {x, labels}, tensors or arrays with one entry for each example.',
    );
  }
  const labelled = await labelArray(WHERE, form.labels, numClasses);
  if (form.x instanceof tf.Tensor) {
    await checkTensor(form.x, labelled.labels.length);
    return tensorRows(form.x as I, labelled.labels, labelled.numClasses);
  }
  const {values, shape, count} = exampleArray(WHERE, form.x);
  checkCounts(count, labelled.labels.length);
  return arrayRows<I>(values, shape, labelled.labels, labelled.numClasses);
}

async function checkTensor(x: tf.Tensor, count: number): Promise<void> {
  if (x.rank < 2 || (x.dtype !== 'float32' && x.dtype !== 'int32')) {
    const remedy =
      x.rank < 2
        ? 'One row for each example: for single numbers tf.expandDims(x, 1).'
        : "Convert it with tf.cast(x, 'float32').";
    throw wrong('x', 'be a float32 or int32 tensor [n, ...]', describeValue(x), remedy);
  }
  checkCounts(x.shape[0] as number, count);
  if (x.dtype === 'float32' && !(await isFiniteAsync(x))) {
    const remedy = 'Look for a division by zero in the preprocessing, or fill missing values.';
    throw wrong('x', 'be finite', 'NaN or infinite values', remedy);
  }
}

function checkCounts(examples: number, labels: number): void {
  if (examples === labels) return;
  throw wrong(
    'labels',
    `have one entry for each of the ${examples} examples`,
    String(labels),
    'Check that x and labels belong together.',
  );
}

/** Rows of a tensor that stays on the device. */
function tensorRows<I extends tf.Tensor>(x: I, labels: Int32Array, numClasses: number): Dataset<I> {
  return {
    numClasses,
    labels,
    batch(indices) {
      checkIndices('Dataset.batch', 'indices', indices, labels.length);
      if (x.isDisposed) {
        const remedy = 'Keep x as long as the dataset is used.';
        throw wrong('x', 'outlive the dataset', 'a disposed tensor', remedy);
      }
      const chosen = Int32Array.from(indices);
      return tf.tidy(() => ({
        x: tf.gather(x, tf.tensor1d(chosen, 'int32')),
        labels: labelsAt(labels, chosen),
      }));
    },
  };
}

/** Rows of an array on the JavaScript side. */
function arrayRows<I extends tf.Tensor>(
  values: Float32Array | Int32Array,
  shape: readonly number[],
  labels: Int32Array,
  numClasses: number,
): Dataset<I> {
  const size = shape.reduce((product, length) => product * length, 1);
  const dtype = values instanceof Int32Array ? 'int32' : 'float32';
  return {
    numClasses,
    labels,
    batch(indices) {
      checkIndices('Dataset.batch', 'indices', indices, labels.length);
      const chosen = Int32Array.from(indices);
      const length = chosen.length * size;
      const rows = dtype === 'int32' ? new Int32Array(length) : new Float32Array(length);
      chosen.forEach((index, i) => {
        rows.set(values.subarray(index * size, (index + 1) * size), i * size);
      });
      return {
        x: tf.tensor(rows, [chosen.length, ...shape], dtype) as I,
        labels: labelsAt(labels, chosen),
      };
    },
  };
}

const labelsAt = (labels: Int32Array, indices: Int32Array): tf.Tensor1D =>
  tf.tensor1d(
    indices.map((index) => labels[index] as number),
    'int32',
  );

/** A dataset of which every batch is checked. */
async function checkedDataset<I extends tf.Tensor>(
  dataset: Dataset<I>,
  wanted: number | undefined,
): Promise<Dataset<I>> {
  const {labels, numClasses} = await labelArray(
    WHERE,
    dataset.labels,
    wanted ?? (dataset.numClasses as number | undefined),
  );
  return {
    numClasses,
    labels,
    ...(dataset.classNames === undefined ? {} : {classNames: dataset.classNames}),
    batch(indices) {
      checkIndices('Dataset.batch', 'indices', indices, labels.length);
      const batch = dataset.batch(indices);
      return batch instanceof Promise
        ? batch.then((later) => checkedBatch(later, indices.length))
        : checkedBatch(batch, indices.length);
    },
  };
}

function checkedBatch<I extends tf.Tensor>(batch: Batch<I>, count: number): Batch<I> {
  const {x, labels} = (batch ?? {}) as Partial<Batch<I>>;
  const isX = x instanceof tf.Tensor && x.rank >= 2 && x.shape[0] === count;
  const isLabels =
    labels instanceof tf.Tensor &&
    labels.rank === 1 &&
    labels.shape[0] === count &&
    labels.dtype === 'int32';
  if (isX && isLabels) return batch;
  tf.dispose([x, labels].filter((part) => part instanceof tf.Tensor));
  throw wrong(
    'batch',
    `give {x, labels} with x of shape [${count}, ...] and labels int32 [${count}]`,
    `x ${describeValue(x)} and labels ${describeValue(labels)}`,
    "Make labels with tf.tensor1d(values, 'int32').",
  );
}

const wrong = (
  argument: string,
  expected: string,
  found: string,
  remedy: string,
): InvalidArgumentError =>
  new InvalidArgumentError({where: WHERE, argument, expected, found, remedy});
