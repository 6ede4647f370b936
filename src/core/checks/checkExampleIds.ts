import {describeValue} from '../describeValue';
import {checkList} from './checkNumbers';
import {InvalidArgumentError} from '../errors';

/** Throws unless there is an identity, a whole number, for each example, or none at all. */
export function checkExampleIds(
  where: string,
  exampleIds: ArrayLike<number> | undefined,
  batchSize: number,
): void {
  if (exampleIds === undefined) return;
  checkList(where, 'exampleIds', exampleIds, 'be an array of integers');
  const ids = Array.from(exampleIds);
  const position = ids.findIndex((id) => !(Number.isInteger(id) && id >= 0 && id < 2 ** 31));
  if (position >= 0) {
    throw new InvalidArgumentError({
      where,
      argument: 'exampleIds',
      expected: 'be integers from 0 to 2^31 - 1',
      found: describeValue(ids[position]),
      remedy: 'Pass the dataset indices of this batch.',
    });
  }
  if (exampleIds.length === batchSize) return;
  throw new InvalidArgumentError({
    where,
    argument: 'exampleIds',
    expected: `have one identity for each of the ${batchSize} examples`,
    found: `${exampleIds.length}`,
    remedy: 'Pass the dataset indices of this batch.',
  });
}
