import {at} from '../core/at';
import {checkNumbers} from '../core/checks/checkNumbers';
import {checkCount} from '../core/checks/checkTensors';
import {InvalidArgumentError} from '../core/errors';

/**
 * Counts of true class (row) against predicted class (column).
 *
 * @param predictions - Predicted class of each example.
 * @param labels - True class of each example.
 * @param numClasses - Number of classes.
 * @returns `numClasses` rows of `numClasses` counts.
 * @throws {@link InvalidArgumentError} if the lengths differ or a class is not in
 *   `[0, numClasses)`.
 * @example
 * ```ts
 * import {confusionMatrix} from 'lt-robust';
 *
 * confusionMatrix([0, 1, 0], [0, 1, 1], 2); // => [[1, 0], [1, 1]]
 * ```
 */
export function confusionMatrix(
  predictions: ArrayLike<number>,
  labels: ArrayLike<number>,
  numClasses: number,
): number[][] {
  return countPairs('confusionMatrix', predictions, labels, numClasses);
}

/**
 * Throws unless there is one prediction for each label.
 *
 * @internal
 */
export function checkPairs(
  where: string,
  predictions: ArrayLike<number>,
  labels: ArrayLike<number>,
): void {
  checkNumbers(where, 'predictions', predictions);
  checkNumbers(where, 'labels', labels);
  if (predictions.length === labels.length) return;
  throw new InvalidArgumentError({
    where,
    argument: 'predictions',
    expected: `have one class for each of the ${labels.length} labels`,
    found: `${predictions.length} predictions`,
    remedy: 'Pass predictions and labels of the same examples.',
  });
}

/**
 * The counts of {@link confusionMatrix}, for any public function.
 *
 * @internal
 */
export function countPairs(
  where: string,
  predictions: ArrayLike<number>,
  labels: ArrayLike<number>,
  numClasses: number,
): number[][] {
  checkPairs(where, predictions, labels);
  checkCount(where, 'numClasses', numClasses);
  const matrix = Array.from({length: numClasses}, () => new Array<number>(numClasses).fill(0));
  for (let i = 0; i < labels.length; i++) {
    const predicted = at(predictions, i);
    const row = matrix[at(labels, i)];
    if (row?.[predicted] === undefined) {
      throw new InvalidArgumentError({
        where,
        argument: row === undefined ? 'labels' : 'predictions',
        expected: `be classes from 0 to ${numClasses - 1}`,
        found: String(row === undefined ? labels[i] : predicted),
        remedy: 'Number the classes from 0.',
      });
    }
    row[predicted] = row[predicted] + 1;
  }
  return matrix;
}
