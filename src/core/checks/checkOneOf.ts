import {describeValue} from '../describeValue';
import {InvalidArgumentError} from '../errors';

/**
 * Throws unless `value` is one of the names in `allowed`.
 *
 * @param where - Public function, for the message.
 * @param argument - Name of the argument or option.
 * @param value - What was passed.
 * @param allowed - The names it may have.
 * @throws {@link InvalidArgumentError} if it has none of them.
 */
export function checkOneOf<T extends string>(
  where: string,
  argument: string,
  value: unknown,
  allowed: readonly T[],
): asserts value is T {
  if (!(allowed as readonly unknown[]).includes(value)) {
    throw new InvalidArgumentError({
      where,
      argument,
      expected: `be one of ${allowed.map((name) => `'${name}'`).join(', ')}`,
      found: describeValue(value),
      remedy: spelling(value, allowed),
    });
  }
}

// 'L2', 'Linf' and 'l_inf' are what other libraries write.
function spelling(value: unknown, allowed: readonly string[]): string {
  const plain = (text: string) =>
    text
      .toLowerCase()
      .replace('∞', 'inf')
      .replace(/[^a-z0-9]/g, '');
  const meant =
    typeof value === 'string' ? allowed.find((name) => plain(name) === plain(value)) : undefined;
  return meant === undefined ? 'Check the spelling.' : `Write '${meant}'.`;
}
