import type * as tf from '@tensorflow/tfjs-core';

import {checkDataset} from './checks/checkParts';
import {intAt} from './at';
import {checkIndices} from './checks/checkIndices';

/** Inputs and their labels. */
export interface Batch<I extends tf.Tensor = tf.Tensor4D> {
  /** `[batch, ...]` float32. */
  readonly x: I;
  /** `[batch]` int32 in `[0, classes)`. */
  readonly labels: tf.Tensor1D;
  /**
   * Which examples they are, for a model that is told so (`byExample`, `bindInputs`). Set by
   * {@link subset}: the indices in the dataset behind it. Default: the indices asked for.
   */
  readonly exampleIds?: Int32Array | undefined;
}

/** Labelled examples, addressed by index. Any object of this form is a dataset. */
export interface Dataset<I extends tf.Tensor = tf.Tensor4D> {
  /** Number of classes; labels are in `[0, numClasses)`. */
  readonly numClasses: number;
  /** Label of every example, on the JavaScript side: samplers count them. */
  readonly labels: Int32Array;
  /** Name of each class, where they are known; one for each of `numClasses`. */
  readonly classNames?: readonly string[];
  /**
   * The examples at `indices`, in that order, on the device; the caller disposes both tensors. May
   * return a promise: for images that are decoded, prefetched or fetched.
   */
  batch(indices: ArrayLike<number>): Batch<I> | Promise<Batch<I>>;
}

/** A {@link Dataset} whose examples are at hand: `batch` returns at once. */
export interface DatasetInMemory<I extends tf.Tensor = tf.Tensor4D> extends Dataset<I> {
  /** The examples at `indices`, in that order, on the device; the caller disposes both tensors. */
  batch(indices: ArrayLike<number>): Batch<I>;
}

/**
 * The examples of `dataset` at `indices`, as a dataset of their own. An index may occur more than
 * once (up-sampling). Nothing is copied but the labels.
 *
 * @param dataset - Where the examples come from.
 * @param indices - Integers in `[0, dataset.labels.length)`.
 * @returns A dataset with example `i` at `indices[i]` of the original; in memory if that is.
 * @throws {@link InvalidArgumentError} if an index is out of range, here or in `batch`.
 * @example
 * ```ts
 * import {subset} from 'lt-robust';
 * import {arrayDataset} from 'lt-robust/data';
 *
 * const pixels = new Uint8Array([0, 51, 102, 255]);
 * const data = arrayDataset(pixels, [0, 1, 1, 0], {shape: [1, 1, 1], numClasses: 2});
 * const part = subset(data, [3, 1]);
 * part.labels; // => [0, 1]
 * part.batch([0, 1]).x.dataSync(); // => [1, 0.2]
 * ```
 */
export function subset<I extends tf.Tensor>(
  dataset: DatasetInMemory<I>,
  indices: ArrayLike<number>,
): DatasetInMemory<I>;
export function subset<I extends tf.Tensor>(
  dataset: Dataset<I>,
  indices: ArrayLike<number>,
): Dataset<I>;
export function subset<I extends tf.Tensor>(
  dataset: Dataset<I>,
  indices: ArrayLike<number>,
): Dataset<I> {
  checkDataset('subset', 'dataset', dataset);
  checkIndices('subset', 'indices', indices, dataset.labels.length);
  const kept = Int32Array.from(indices);
  const {classNames} = dataset;
  return {
    numClasses: dataset.numClasses,
    labels: kept.map((index) => intAt(dataset.labels, index)),
    ...(classNames === undefined ? {} : {classNames}),
    batch(positions) {
      checkIndices('subset.batch', 'indices', positions, kept.length);
      const exampleIds = Int32Array.from(positions, (position) => intAt(kept, position));
      const named = (batch: Batch<I>): Batch<I> => ({exampleIds, ...batch});
      const batch = dataset.batch(exampleIds);
      return 'then' in batch ? batch.then(named) : named(batch);
    },
  };
}
