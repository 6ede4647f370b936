import {checkList} from './checks/checkNumbers';
import {describeValue} from './describeValue';
import {uniformFloat64} from 'pure-rand/distribution/uniformFloat64';
import {uniformInt} from 'pure-rand/distribution/uniformInt';
import {
  type xoroshiro128plus,
  xoroshiro128plusFromState,
} from 'pure-rand/generator/xoroshiro128plus';

import {checkNumber} from './checks/checkNumber';
import {InvalidArgumentError} from './errors';

/**
 * A seeded source of randomness. Everything random in this package draws from one that the caller
 * hands over; there is no hidden seed.
 */
export interface Rng {
  /** Seed for one tfjs random op: an integer from 1 to 2³¹−1 (tfjs reads 0 as "unseeded"). */
  seed(): number;
  /** Uniform integer in `[0, bound)`. */
  integer(bound: number): number;
  /** Uniform number in `[0, 1)`, 53 bits. */
  uniform(): number;
  /** Standard normal number. */
  normal(): number;
  /**
   * An independent stream named `label`. It depends on the key of this generator and the label
   * only, not on how much was drawn: more draws here shift nothing there, and the same fork can
   * be taken again.
   */
  fork(label: string | number): Rng;
  /** Key and position, plain numbers: {@link restoreRng} goes on from there. */
  state(): readonly number[];
}

// FNV-1a with a final avalanche (MurmurHash3's), so that neighbouring labels give unrelated keys.
function hash(key: number, text: string): number {
  let h = 0x811c9dc5 ^ key;
  for (let i = 0; i < text.length; i++) {
    h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  }
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) | 0;
}

type Key = readonly [number, number];

function generatorOf([a, b]: Key) {
  const generator = xoroshiro128plusFromState([a, b, a ^ 0x9e3779b9, b ^ 0x7f4a7c15]);
  // Neighbouring keys start in neighbouring states: a few draws pull them apart.
  for (let i = 0; i < 4; i++) generator.next();
  return generator;
}

function rngOf(key: Key, generator: ReturnType<typeof xoroshiro128plus>): Rng {
  const uniform = () => uniformFloat64(generator);
  return {
    uniform,
    seed: () => uniformInt(generator, 1, 0x7fffffff),
    integer(bound) {
      checkNumber('Rng.integer', 'bound', bound, {min: 1, integer: true});
      return uniformInt(generator, 0, bound - 1);
    },
    // Box-Muller; 1 - uniform() lies in (0, 1], so that the logarithm is finite.
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    fork(label) {
      const text = `${typeof label}:${label}`;
      const forked: Key = [hash(key[0], text), hash(key[1] ^ 0x5bd1e995, text)];
      return rngOf(forked, generatorOf(forked));
    },
    state: () => [...key, ...generator.getState()],
  };
}

/**
 * Creates a generator from a seed. The same seed gives the same numbers on every backend and
 * platform.
 *
 * @param seed - Any integer from 0 to 2³²−1.
 * @returns A generator; `fork` it for independent streams.
 * @throws {@link InvalidArgumentError} if `seed` is not such an integer.
 * @see Blackman & Vigna 2018, xoroshiro128+ (drawn by the package pure-rand).
 * @example
 * ```ts
 * import {createRng} from 'lt-robust';
 *
 * const rng = createRng(7);
 * rng.integer(10) === createRng(7).integer(10); // => true
 * ```
 */
export function createRng(seed: number): Rng {
  checkNumber('createRng', 'seed', seed, {min: 0, max: 0xffffffff, integer: true});
  const key: Key = [hash(seed | 0, 'seed'), hash(~seed, 'seed')];
  return rngOf(key, generatorOf(key));
}

/**
 * Recreates a generator from what its `state()` returned: it draws on, and forks, as the original
 * would have.
 *
 * @param state - Six integers from {@link Rng.state}.
 * @returns The generator.
 * @throws {@link InvalidArgumentError} if `state` is not six numbers.
 * @example
 * ```ts
 * import {createRng, restoreRng} from 'lt-robust';
 *
 * const rng = createRng(7);
 * rng.uniform();
 * const copy = restoreRng(rng.state());
 * copy.uniform() === rng.uniform(); // => true
 * ```
 */
export function restoreRng(state: readonly number[]): Rng {
  checkList('restoreRng', 'state', state, 'be the six integers that Rng.state() returned');
  const [a, b, ...position] = state;
  if (
    a === undefined ||
    b === undefined ||
    position.length !== 4 ||
    !state.every(Number.isInteger)
  ) {
    throw new InvalidArgumentError({
      where: 'restoreRng',
      argument: 'state',
      expected: 'be the six integers that Rng.state() returned',
      found: describeValue(state),
      remedy: 'Pass it on unchanged.',
    });
  }
  return rngOf([a, b], xoroshiro128plusFromState(position));
}
