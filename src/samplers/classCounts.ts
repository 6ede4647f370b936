import {intAt} from '../core/at';
import {checkLabelArray} from '../core/checks/checkLabelArray';

/**
 * Counts the examples of each class: what balanced softmax, the samplers and the tail metrics ask
 * for. Count the long-tailed training set, never a resampled one.
 *
 * @param labels - Integers in `[0, numClasses)`, at least one.
 * @param numClasses - Number of classes; a class without examples counts 0.
 * @returns One count for each class.
 * @throws {@link InvalidArgumentError} if `labels` is empty or one is out of range.
 * @example
 * ```ts
 * import {classCounts} from 'lt-robust';
 *
 * classCounts([0, 2, 0, 0], 3); // => [3, 0, 1]
 * ```
 */
export function classCounts(labels: ArrayLike<number>, numClasses: number): number[] {
  checkLabelArray('classCounts', labels, numClasses);
  const counts = new Int32Array(numClasses);
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i] ?? NaN; // all are there: they were checked
    counts[label] = intAt(counts, label) + 1;
  }
  return Array.from(counts);
}
