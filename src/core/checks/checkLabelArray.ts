import {checkNumber} from './checkNumber';
import {checkList} from './checkNumbers';
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
  checkList(where, 'labels', labels);
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
        found: `${describeValue(label)} at position ${i}`,
        remedy: remedyFor(labels, label, numClasses),
      });
    }
  }
}

function remedyFor(labels: ArrayLike<unknown>, label: unknown, numClasses: number): string {
  if (typeof label === 'string') return 'Give each name a number: names.indexOf(label).';
  if (typeof label === 'bigint') return 'Convert them: Array.from(labels, Number).';
  if (Array.isArray(label)) return 'For one-hot rows pass the position of the 1 in each.';
  const numbers = Array.from(labels, Number);
  const isFromOne = label === numClasses && !numbers.includes(0);
  return isFromOne
    ? 'They are numbered from 1: subtract 1 from each.'
    : 'Number the classes from 0 and pass how many there are.';
}
