import {InvalidArgumentError} from '../core/errors';
import type {Rng} from '../core/rng';

/**
 * Shuffles `values` in place (Fisher–Yates), or only as far as its first `count` are a random
 * choice in random order.
 *
 * @internal
 */
export function shuffle(values: Int32Array, rng: Rng, count = values.length): Int32Array {
  for (let i = 0; i < Math.min(count, values.length - 1); i++) {
    const j = i + rng.integer(values.length - i);
    const value = values[i] as number;
    values[i] = values[j] as number;
    values[j] = value;
  }
  return values;
}

/**
 * Throws if the caller handed over no generator where chance is needed.
 *
 * @internal
 */
export function checkRng(where: string, rng: Rng | undefined): asserts rng is Rng {
  if (rng === undefined) {
    throw new InvalidArgumentError({
      where,
      argument: 'rng',
      expected: 'be a generator: chance is needed here',
      found: 'none',
      remedy: 'Pass rng: createRng(seed).',
    });
  }
}
