import {checkList} from '../core/checks/checkNumbers';
import {checkNumber} from '../core/checks/checkNumber';
import {InvalidArgumentError} from '../core/errors';

/** More indices than this are a mistake, and more than fits into memory. */
export const MOST_INDICES = 1e8;

/**
 * Throws unless there is at least one class and each has a count of at least 1.
 *
 * @internal
 */
export function checkCounts(where: string, classCounts: ArrayLike<number>): void {
  checkList(where, 'classCounts', classCounts, 'be an array of counts, one for each class');
  if (classCounts.length === 0) {
    throw new InvalidArgumentError({
      where,
      argument: 'classCounts',
      expected: 'have at least one class',
      found: 'none',
      remedy: 'Count the labels with classCounts(labels, numClasses).',
    });
  }
  for (let c = 0; c < classCounts.length; c++) {
    checkNumber(where, `classCounts[${c}]`, classCounts[c], {min: 1});
  }
}
