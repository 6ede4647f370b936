import {InvalidArgumentError} from './errors';

/** Throws unless there is an identity for each example, or none at all. */
export function checkExampleIds(
  where: string,
  exampleIds: ArrayLike<number> | undefined,
  batchSize: number,
): void {
  if (exampleIds === undefined || exampleIds.length === batchSize) return;
  throw new InvalidArgumentError({
    where,
    argument: 'exampleIds',
    expected: `have one identity for each of the ${batchSize} examples`,
    found: `${exampleIds.length}`,
    remedy: 'Pass the dataset indices of this batch.',
  });
}
