import type * as tf from '@tensorflow/tfjs-core';

import {checkLogits} from '../core/checks/checkTensors';

/**
 * The class with the largest logit in each row; of equal ones the lowest. Computed from the values
 * read back, so that ties fall the same way on every backend.
 *
 * @param logits - `[batch, classes]`; not disposed.
 * @returns One class per row. A row with a NaN gives -1: no class, so always wrong.
 * @throws {@link InvalidArgumentError} if `logits` is not a matrix.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {predictedClasses} from 'lt-robust';
 *
 * await predictedClasses(tf.tensor2d([[1, 3, 3], [2, 0, 1]])); // => [1, 0]
 * ```
 */
export async function predictedClasses(logits: tf.Tensor2D): Promise<Int32Array> {
  checkLogits('predictedClasses', logits);
  const [batchSize, numClasses] = logits.shape;
  const values = await logits.data<'float32'>();
  return Int32Array.from({length: batchSize}, (_, row) => {
    const scores = values.subarray(row * numClasses, (row + 1) * numClasses);
    return scores.indexOf(Math.max(...scores)); // a maximum with NaN is NaN, which indexOf misses
  });
}
