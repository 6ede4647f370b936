import * as tf from '@tensorflow/tfjs-core';

import {checkIndices} from '../checks/checkIndices';
import type {Batch, Dataset} from '../dataset';
import {describeValue} from '../describeValue';
import {InvalidArgumentError} from '../errors';
import {labelArray} from './labelArray';

/** A dataset of which every batch is checked. */
export async function checkedDataset<I extends tf.Tensor>(
  where: string,
  dataset: Dataset<I>,
  wanted: number | undefined,
): Promise<Dataset<I>> {
  const {labels, numClasses} = await labelArray(
    where,
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
        ? batch.then((later) => checkedBatch(where, later, indices.length))
        : checkedBatch(where, batch, indices.length);
    },
  };
}

function checkedBatch<I extends tf.Tensor>(
  where: string,
  batch: Batch<I>,
  count: number,
): Batch<I> {
  const {x, labels} = (batch ?? {}) as Partial<Batch<I>>;
  const isX = x instanceof tf.Tensor && x.rank >= 2 && x.shape[0] === count;
  const isLabels =
    labels instanceof tf.Tensor &&
    labels.rank === 1 &&
    labels.shape[0] === count &&
    labels.dtype === 'int32';
  if (isX && isLabels) return batch;
  const found = `x ${describeValue(x)} and labels ${describeValue(labels)}`;
  tf.dispose([x, labels].filter((part) => part instanceof tf.Tensor));
  throw new InvalidArgumentError({
    where,
    argument: 'batch',
    expected: `give {x, labels} with x of shape [${count}, ...] and labels int32 [${count}]`,
    found,
    remedy: "Make labels with tf.tensor1d(values, 'int32').",
  });
}
