import {describeValue} from '../describeValue';
import {InvalidArgumentError} from '../errors';

/**
 * Throws unless `value` is one of the names in `allowed`.
 *
 * @param where - Public function, for the message.
 * @param argument - Name of the argument or option.
 * @param value - What was passed.
 * @param allowed - The names it may have.
 * @param remedy - What the caller can do where no name is near.
 * @throws {@link InvalidArgumentError} if it has none of them.
 */
export function checkOneOf<T extends string>(
  where: string,
  argument: string,
  value: unknown,
  allowed: readonly T[],
  remedy?: string,
): asserts value is T {
  if (!(allowed as readonly unknown[]).includes(value)) {
    throw new InvalidArgumentError({
      where,
      argument,
      expected: `be one of ${allowed.map((name) => `'${name}'`).join(', ')}`,
      found: describeValue(value),
      remedy: spelling(value, allowed) ?? remedy ?? 'Write one of these names.',
    });
  }
}

// What other libraries write: 'L2', 'l_inf', Infinity, 2.
const OTHER_NAMES: Readonly<Record<string, string>> = {
  ...{infinity: 'linf', inf: 'linf', max: 'linf', linfinity: 'linf'},
  ...{2: 'l2', euclidean: 'l2', nhwc: 'channelsLast', nchw: 'channelsFirst'},
};

function spelling(value: unknown, allowed: readonly string[]): string | undefined {
  const plain = (text: string) =>
    text
      .toLowerCase()
      .replace('∞', 'inf')
      .replace(/[^a-z0-9]/g, '');
  const isName = typeof value === 'string' || typeof value === 'number';
  const given = isName ? plain(String(value)) : undefined;
  const other = given === undefined ? undefined : OTHER_NAMES[given];
  const meant = allowed.find((name) => plain(name) === given || name === other);
  return meant === undefined ? undefined : `Write '${meant}'.`;
}
