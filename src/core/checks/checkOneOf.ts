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
      found: typeof value === 'string' ? `'${value}'` : String(value),
      remedy: 'Check the spelling.',
    });
  }
}
