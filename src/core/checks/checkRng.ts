import {describeValue} from '../describeValue';
import {InvalidArgumentError} from '../errors';
import type {Rng} from '../rng';

/** Whether a value is a generator, as far as its methods show. */
export const isRng = (value: unknown): value is Rng =>
  typeof value === 'object' &&
  value !== null &&
  ['fork', 'uniform', 'normal', 'integer', 'seed', 'state'].every(
    (name) => typeof (value as Readonly<Record<string, unknown>>)[name] === 'function',
  );

/**
 * Throws unless `value` is a generator: a bare seed is a common mistake.
 *
 * @param where - Public function, for the message.
 * @param value - What was passed as `rng`.
 * @param reason - Why it is needed, a clause that follows "must be given:".
 * @throws {@link InvalidArgumentError} if it is missing, or no generator.
 */
export function checkRng(where: string, value: unknown, reason: string): asserts value is Rng {
  if (isRng(value)) return;
  throw new InvalidArgumentError({
    where,
    argument: 'rng',
    expected: value === undefined ? `be given: ${reason}` : 'be a generator that createRng made',
    found: describeValue(value),
    remedy:
      typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
        ? `Pass createRng(${value}).`
        : 'Pass createRng(seed).',
  });
}
