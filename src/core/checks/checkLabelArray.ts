import {checkNumber} from './checkNumber';
import {describeValue} from '../describeValue';
import {InvalidArgumentError} from '../errors';

/**
 * Throws unless `labels` has at least one entry and each is an integer in `[0, numClasses)`.
 *
 * @param where - Public function, for the message.
 * @param labels - Labels on the JavaScript side.
 * @param numClasses - Number of classes, an integer ≥ 1; it is checked too.
 * @throws {@link InvalidArgumentError} if not.
 */
export function checkLabelArray(
  where: string,
  labels: ArrayLike<number>,
  numClasses: number,
): void {
  checkNumber(where, 'numClasses', numClasses, {min: 1, integer: true});
  const isList =
    typeof labels === 'object' && Number.isInteger((labels as {length?: unknown} | null)?.length);
  if (!isList) {
    throw new InvalidArgumentError({
      where,
      argument: 'labels',
      expected: 'be an array of numbers',
      found: describeValue(labels),
      remedy: 'For the labels of a tensor pass await labels.data().',
    });
  }
  if (labels.length === 0) {
    throw new InvalidArgumentError({
      where,
      argument: 'labels',
      expected: 'have at least one entry',
      found: 'none',
      remedy: 'Pass the label of every example.',
    });
  }
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i];
    if (!(Number.isInteger(label) && (label as number) >= 0 && (label as number) < numClasses)) {
      throw new InvalidArgumentError({
        where,
        argument: 'labels',
        expected: `be integers in [0, ${numClasses})`,
        found: `${label} at position ${i}`,
        remedy: 'Number the classes from 0 and pass how many there are.',
      });
    }
  }
}
