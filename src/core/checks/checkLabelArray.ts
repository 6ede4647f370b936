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
  checkNumClasses(where, numClasses);
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

// Far more than any data set has. Tables with an entry for each of more classes do not fit into
// memory.
const MOST_CLASSES = 2 ** 24;

/** Throws unless `value` is a number of classes. */
export function checkNumClasses(where: string, value: unknown): asserts value is number {
  const remedy = 'Pass how many classes there are.';
  const range = {min: 1, integer: true};
  checkNumber(where, 'numClasses', value, range, remedy);
  checkNumber(where, 'numClasses', value, {...range, max: MOST_CLASSES}, remedy);
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
