import {at} from '../core/at';
import {InvalidArgumentError} from '../core/errors';
import {checkPairs, countPairs} from './confusionMatrix';

/**
 * Fraction of examples whose predicted class is their label. On adversarial examples: robust
 * accuracy, one minus the robust error of the paper's Definition 1.
 *
 * @param predictions - Predicted class of each example.
 * @param labels - True class of each example.
 * @returns A fraction in [0, 1].
 * @throws {@link InvalidArgumentError} if the lengths differ or there is no example.
 * @example
 * ```ts
 * import {accuracy} from 'lt-robust';
 *
 * accuracy([0, 1, 1, 0], [0, 1, 1, 2]); // => 0.75
 * ```
 */
export function accuracy(predictions: ArrayLike<number>, labels: ArrayLike<number>): number {
  checkPairs('accuracy', predictions, labels);
  if (labels.length === 0) {
    throw new InvalidArgumentError({
      where: 'accuracy',
      argument: 'labels',
      expected: 'have at least one example',
      found: 'none',
      remedy: 'Check how the examples were selected.',
    });
  }
  return Array.from(labels).filter((label, i) => predictions[i] === label).length / labels.length;
}

/**
 * Accuracy within each class (its recall).
 *
 * @param predictions - Predicted class of each example.
 * @param labels - True class of each example.
 * @param numClasses - Number of classes.
 * @returns One fraction in [0, 1] per class, `null` for a class without examples.
 * @throws {@link InvalidArgumentError} if the lengths differ or a class is not in
 *   `[0, numClasses)`.
 * @example
 * ```ts
 * import {perClassAccuracy} from 'lt-robust';
 *
 * perClassAccuracy([0, 1, 0], [0, 1, 1], 3); // => [1, 0.5, null]
 * ```
 */
export function perClassAccuracy(
  predictions: ArrayLike<number>,
  labels: ArrayLike<number>,
  numClasses: number,
): (number | null)[] {
  return countPairs('perClassAccuracy', predictions, labels, numClasses).map((row, label) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    return total === 0 ? null : at(row, label) / total;
  });
}
