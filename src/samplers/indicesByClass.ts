import {checkLabelArray} from '../core/checks/checkLabelArray';
import {InvalidArgumentError} from '../core/errors';

/**
 * The positions of each class in `labels`, ascending; every class must have at least one.
 *
 * @internal
 */
export function indicesByClass(
  where: string,
  labels: ArrayLike<number>,
  numClasses: number,
): Int32Array[] {
  checkLabelArray(where, labels, numClasses);
  const lists = Array.from({length: numClasses}, (): number[] => []);
  for (let i = 0; i < labels.length; i++) lists[labels[i] ?? -1]?.push(i); // all are valid
  const empty = lists.findIndex((list) => list.length === 0);
  if (empty >= 0) {
    throw new InvalidArgumentError({
      where,
      argument: 'labels',
      expected: `have at least one example of each of the ${numClasses} classes`,
      found: `none of class ${empty}`,
      remedy: 'Remove the class and renumber the others, or pass a smaller numClasses.',
    });
  }
  return lists.map((list) => Int32Array.from(list));
}
