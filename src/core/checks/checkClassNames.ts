import {describeValue} from '../describeValue';
import {InvalidArgumentError} from '../errors';

/** Throws unless there is a name for each class, or none at all. */
export function checkClassNames(
  where: string,
  classNames: readonly string[] | undefined,
  numClasses: number,
): void {
  if (classNames === undefined) return;
  const isList =
    Array.isArray(classNames) && classNames.every((name: unknown) => typeof name === 'string');
  if (isList && classNames.length === numClasses) return;
  throw new InvalidArgumentError({
    where,
    argument: 'classNames',
    expected: `be an array of ${numClasses} strings, one for each class`,
    found: isList ? String(classNames.length) : describeValue(classNames),
    remedy: 'Name every class, also those without examples, or leave the names out.',
  });
}
