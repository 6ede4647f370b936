import {at} from '../core/at';
import {checkOneOf} from '../core/checks/checkOneOf';
import {checkNumber} from '../core/checks/checkNumber';
import {checkRng} from '../core/checks/checkRng';
import {InvalidArgumentError} from '../core/errors';
import {type Defaults, withDefaults} from '../core/options';
import type {Rng} from '../core/rng';
import {indicesByClass} from './indicesByClass';
import {longTailedCounts, type LongTailedProfile} from './longTailedCounts';
import {numpyLegacyShuffle} from './numpyLegacyShuffle';
import {shuffle} from './shuffle';

/** Options of {@link longTailedSubset}. */
export interface LongTailedSubsetOptions {
  /** Largest class count over smallest, IR ≥ 1. */
  readonly imbalanceRatio: number;
  /** How the counts fall, see {@link LongTailedProfile}. @defaultValue 'exponential' */
  readonly profile?: LongTailedProfile | undefined;
  /** Examples of class 0; by default as many as the rarest class of `labels` has. */
  readonly maxCount?: number | undefined;
  /** Raises smaller counts to this; where it is not given, a count of 0 is refused. */
  readonly minPerClass?: number | undefined;
  /** Chooses at random which examples are kept; without it the first of each class are. */
  readonly rng?: Rng | undefined;
  /**
   * `'numpy-legacy'` keeps exactly the examples that the papers' code keeps (NumPy's generator,
   * seeded with `seed`, shuffles class after class); it takes no `rng`. @defaultValue 'library'
   */
  readonly selection?: 'library' | 'numpy-legacy' | undefined;
  /** Seed of the selection `'numpy-legacy'`, from 0 to 2³²−1. @defaultValue 0 */
  readonly seed?: number | undefined;
}

const DEFAULTS: Defaults<
  LongTailedSubsetOptions,
  'imbalanceRatio' | 'maxCount' | 'minPerClass' | 'rng'
> = {
  imbalanceRatio: undefined,
  profile: 'exponential',
  maxCount: undefined,
  minPerClass: undefined,
  rng: undefined,
  selection: 'library',
  seed: 0,
};

/**
 * Makes a balanced dataset long-tailed: which examples to keep so that class 0 is the largest and
 * the last class `imbalanceRatio` times smaller. Hand the result to `subset(dataset, indices)`.
 *
 * @param labels - Integers in `[0, numClasses)`, at least one of each class.
 * @param numClasses - Number of classes.
 * @param options - See {@link LongTailedSubsetOptions}.
 * @returns Indices into `labels`, class after class: shuffle them before training.
 * @throws {@link InvalidArgumentError} if a class is empty or has fewer examples than it should
 *   keep, or an option is out of range.
 * @see Cui et al. 2019, Class-Balanced Loss Based on Effective Number of Samples, Sec. 5.1.
 * @example
 * ```ts
 * import {longTailedSubset} from 'lt-robust';
 *
 * const labels = [0, 1, 0, 1, 0, 1, 0, 1];
 * longTailedSubset(labels, 2, {imbalanceRatio: 4}); // => [0, 2, 4, 6, 1]
 * ```
 */
export function longTailedSubset(
  labels: ArrayLike<number>,
  numClasses: number,
  options: LongTailedSubsetOptions,
): Int32Array {
  const where = 'longTailedSubset';
  const settings = withDefaults(where, DEFAULTS, options);
  const {imbalanceRatio, profile, minPerClass, selection} = settings;
  checkNumber(where, 'imbalanceRatio', imbalanceRatio, {min: 1});
  const arrange = arrangementOf(where, settings);
  const lists = indicesByClass(where, labels, numClasses);
  const maxCount = settings.maxCount ?? Math.min(...lists.map((list) => list.length));
  const counts = longTailedCounts({maxCount, numClasses, imbalanceRatio, profile, minPerClass});
  const kept = lists.map((list, c) => {
    const count = at(counts, c);
    if (count > list.length) {
      throw new InvalidArgumentError({
        where,
        argument: 'maxCount',
        expected: `ask for no more examples than there are: ${list.length} of class ${c}`,
        found: `${maxCount}, by which it keeps ${count}`,
        remedy: 'Lower it, or leave it out.',
      });
    }
    // NumPy's stream runs on from class to class, so it must shuffle each list whole.
    arrange(list, selection === 'numpy-legacy' ? list.length : count);
    return list.subarray(0, count);
  });
  return concat(kept);
}

function arrangementOf(
  where: string,
  {selection, rng, seed}: {selection: string; rng: Rng | undefined; seed: number},
): (list: Int32Array, count: number) => Int32Array {
  checkOneOf(where, 'selection', selection, ['library', 'numpy-legacy']);
  checkNumber(where, 'seed', seed, {min: 0, max: 0xffffffff, integer: true});
  if (selection === 'library') {
    if (rng !== undefined) checkRng(where, rng, 'the choice is random');
    return rng === undefined ? (list) => list : (list, count) => shuffle(list, rng, count);
  }
  if (rng !== undefined) {
    throw new InvalidArgumentError({
      where,
      argument: 'rng',
      expected: "be left out with selection 'numpy-legacy'",
      found: 'a generator',
      remedy: 'That selection has its own generator: pass a seed instead.',
    });
  }
  return numpyLegacyShuffle(seed);
}

function concat(lists: readonly Int32Array[]): Int32Array {
  const all = new Int32Array(lists.reduce((sum, list) => sum + list.length, 0));
  let offset = 0;
  for (const list of lists) {
    all.set(list, offset);
    offset += list.length;
  }
  return all;
}
