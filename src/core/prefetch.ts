import * as tf from '@tensorflow/tfjs-core';

import {checkDataset} from './checks/checkParts';
import {describeValue} from './describeValue';
import {InvalidArgumentError} from './errors';
import {checkCount} from './checks/checkTensors';
import {checkIndices} from './checks/checkIndices';
import type {Batch, Dataset} from './dataset';
import {type Defaults, withDefaults} from './options';

/** Options of {@link prefetch}. */
export interface PrefetchOptions {
  /**
   * How many batches are asked for beyond the one in use. Each holds memory on the device from
   * then on.
   * @defaultValue 1
   */
  readonly ahead?: number | undefined;
}

const DEFAULTS: Defaults<PrefetchOptions> = {ahead: 1};

/**
 * Goes through batches of a dataset and asks for the next ones while one is in use. Where `batch`
 * is asynchronous, files are read and fetched meanwhile. It decodes in the same thread, so
 * decoding is spread out rather than hidden.
 *
 * @param dataset - Where the examples come from.
 * @param batches - The indices of each batch, in order, such as one epoch of `shuffledBatches`.
 * @param options - See {@link PrefetchOptions}.
 * @returns The batches, in order, for `for await`. Each belongs to the caller, who disposes it; a
 *   loop that is left early disposes those that it did not come to.
 * @throws {@link InvalidArgumentError} if an option or an index is out of range, and whatever
 *   `batch` throws, when the loop comes to that batch.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {prefetch} from 'lt-robust';
 * import {arrayDataset} from 'lt-robust/data';
 *
 * const pixels = new Uint8Array([0, 51, 102, 255]);
 * const data = arrayDataset(pixels, [0, 1, 1, 0], {shape: [1, 1, 1]});
 * const sums = [];
 * for await (const {x, labels} of prefetch(data, [[0, 1], [2, 3]])) {
 *   sums.push(tf.sum(x).dataSync()[0]);
 *   tf.dispose([x, labels]);
 * }
 * sums; // => [0.2, 1.4]
 * ```
 */
export function prefetch<I extends tf.Tensor>(
  dataset: Dataset<I>,
  batches: Iterable<ArrayLike<number>>,
  options: PrefetchOptions = {},
): AsyncGenerator<Batch<I>, void, undefined> {
  const {ahead} = withDefaults('prefetch', DEFAULTS, options);
  checkCount('prefetch', 'ahead', ahead);
  checkDataset('prefetch', 'dataset', dataset);
  if (
    typeof (batches as Partial<typeof batches> | null | undefined)?.[Symbol.iterator] !==
      'function' ||
    typeof batches === 'string'
  ) {
    throw new InvalidArgumentError({
      where: 'prefetch',
      argument: 'batches',
      expected: 'be lists of indices, one for each batch',
      found: describeValue(batches),
      remedy: 'Pass shuffledBatches(dataset.labels.length, batchSize, {rng}).',
    });
  }
  return batchesAhead(dataset, batches, ahead);
}

async function* batchesAhead<I extends tf.Tensor>(
  dataset: Dataset<I>,
  batches: Iterable<ArrayLike<number>>,
  ahead: number,
): AsyncGenerator<Batch<I>, void, undefined> {
  const waiting: Promise<Batch<I>>[] = [];
  try {
    for (const indices of batches) {
      checkIndices('prefetch', 'batches', indices, dataset.labels.length);
      waiting.push(started(dataset, indices));
      if (waiting.length > ahead) yield await (waiting.shift() as Promise<Batch<I>>);
    }
    while (waiting.length > 0) yield await (waiting.shift() as Promise<Batch<I>>);
  } finally {
    for (const left of await Promise.allSettled(waiting)) {
      if (left.status === 'fulfilled') tf.dispose({...left.value});
    }
  }
}

// A failure is reported when its turn comes; until then it must not count as unhandled.
function started<I extends tf.Tensor>(
  dataset: Dataset<I>,
  indices: ArrayLike<number>,
): Promise<Batch<I>> {
  const batch = (async () => dataset.batch(indices))();
  batch.catch(() => undefined);
  return batch;
}
