import * as tf from '@tensorflow/tfjs-core';

import type {Batch, Dataset} from '../dataset';
import {describeValue} from '../describeValue';
import {InvalidArgumentError} from '../errors';

/**
 * A batch of a dataset, which may be the caller's own: of the right form, or refused.
 *
 * @param where - Public function, for the error message.
 * @param dataset - Where the examples come from; what its `batch` throws is passed on.
 * @param indices - Which ones.
 * @returns The batch; the caller disposes it. Types and values are checked where they are used.
 * @throws {@link InvalidArgumentError} if `batch` gives anything but `{x, labels}`, tensors with as many
 *   examples as were asked for. What it gave is disposed then.
 */
export async function batchAt<I extends tf.Tensor>(
  where: string,
  dataset: Dataset<I>,
  indices: ArrayLike<number>,
): Promise<Batch<I>> {
  const given: unknown = await dataset.batch(indices);
  if (isBatch<I>(given, indices.length)) return given;
  const found = describeBatch(given);
  if (typeof given === 'object' && given !== null)
    tf.dispose(Object.values(given).filter(isTensor));
  throw new InvalidArgumentError({
    where,
    argument: 'dataset.batch(indices)',
    expected: `give {x, labels}, tensors with the ${indices.length} examples that were asked for`,
    found,
    remedy: 'Return an example and a label for each index, in their order.',
  });
}

const isTensor = (value: unknown): value is tf.Tensor => value instanceof tf.Tensor;

const parts = (batch: unknown): Readonly<Record<string, unknown>> =>
  typeof batch === 'object' ? {...batch} : {};

function isBatch<I extends tf.Tensor>(batch: unknown, count: number): batch is Batch<I> {
  const {x, labels} = parts(batch);
  return isTensor(x) && isTensor(labels) && x.shape[0] === count;
}

function describeBatch(batch: unknown): string {
  const {x, labels} = parts(batch);
  if (x === undefined && labels === undefined) return describeValue(batch);
  return `x ${describeValue(x)} and labels ${describeValue(labels)}`;
}
