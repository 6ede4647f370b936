import {describeValue} from '../describeValue';
import {checkList} from './checkNumbers';
import {InvalidArgumentError} from '../errors';

/** Throws unless every index is an integer in `[0, size)`. */
export function checkIndices(
  where: string,
  argument: string,
  indices: ArrayLike<number>,
  size: number,
): void {
  checkList(where, argument, indices, 'be an array of integers');
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i];
    if (index !== undefined && Number.isInteger(index) && index >= 0 && index < size) continue;
    throw new InvalidArgumentError({
      where,
      argument,
      expected: `be integers in [0, ${size})`,
      found: describeValue(index),
      remedy: 'Pass indices into this dataset.',
    });
  }
}
