import {describeValue} from '../describeValue';
import {InvalidArgumentError} from '../errors';
import type {Rng} from '../rng';

/**
 * Throws unless `value` is a generator: a bare seed is a common mistake.
 *
 * @param where - Public function, for the message.
 * @param value - What was passed as `rng`.
 * @param reason - Why it is needed, a clause that stands behind "must be given:".
 * @throws {@link InvalidArgumentError} if it is missing, or no generator.
 */
export function checkRng(where: string, value: unknown, reason: string): asserts value is Rng {
  const isRng =
    typeof value === 'object' &&
    value !== null &&
    'fork' in value &&
    typeof value.fork === 'function' &&
    'uniform' in value &&
    typeof value.uniform === 'function';
  if (isRng) return;
  throw new InvalidArgumentError({
    where,
    argument: 'rng',
    expected: `be given: ${reason}`,
    found: describeValue(value),
    remedy: 'Pass createRng(seed).',
  });
}
