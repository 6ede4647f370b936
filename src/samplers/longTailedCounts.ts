import {checkNumClasses} from '../core/checks/checkLabelArray';
import {checkNumber} from '../core/checks/checkNumber';
import {checkOneOf} from '../core/checks/checkOneOf';
import {InvalidArgumentError} from '../core/errors';
import {type Defaults, withDefaults} from '../core/options';

/** How the class counts fall from the first class to the last. */
export type LongTailedProfile = 'exponential' | 'step' | 'none';

/** Options of {@link longTailedCounts}. */
export interface LongTailedCountsOptions {
  /** Examples of the first, largest class, ≥ 1; a fraction is truncated with the result. */
  readonly maxCount: number;
  /** Number of classes. */
  readonly numClasses: number;
  /** Largest count over smallest, IR ≥ 1. (Some codes pass its inverse, 0.02 for 50.) */
  readonly imbalanceRatio: number;
  /**
   * `'exponential'`: each class smaller than the one before by the same factor; `'step'`: the
   * first half of the classes large, the rest (with the middle one of an odd number) small;
   * `'none'`: all large. @defaultValue 'exponential'
   */
  readonly profile?: LongTailedProfile | undefined;
  /** Raises smaller counts to this; where it is not given, a count of 0 is refused. */
  readonly minPerClass?: number | undefined;
}

const DEFAULTS: Defaults<
  LongTailedCountsOptions,
  'maxCount' | 'numClasses' | 'imbalanceRatio' | 'minPerClass'
> = {
  maxCount: undefined,
  numClasses: undefined,
  imbalanceRatio: undefined,
  profile: 'exponential',
  minPerClass: undefined,
};

/**
 * Class counts of a long-tailed training set, as in CIFAR-10-LT: n_i = trunc(n_0 · IR^(−i/(C−1))).
 * Truncated, not rounded, as the papers' code does.
 *
 * @param options - See {@link LongTailedCountsOptions}.
 * @returns One count for each class, largest first.
 * @throws {@link InvalidArgumentError} if a number is out of range, the profile unknown, or a class
 *   would be left without examples.
 * @see Cui et al. 2019, Class-Balanced Loss Based on Effective Number of Samples, Sec. 5.1; Cao et
 *   al. 2019, whose code truncates.
 * @example
 * ```ts
 * import {longTailedCounts} from 'lt-robust';
 *
 * longTailedCounts({maxCount: 5000, numClasses: 10, imbalanceRatio: 50});
 * // => [5000, 3237, 2096, 1357, 878, 568, 368, 238, 154, 100]
 * ```
 */
export function longTailedCounts(options: LongTailedCountsOptions): number[] {
  const where = 'longTailedCounts';
  const settings = withDefaults(where, DEFAULTS, options);
  const {maxCount, numClasses, imbalanceRatio, profile, minPerClass} = settings;
  checkNumber(where, 'maxCount', maxCount, {min: 1});
  checkNumClasses(where, numClasses);
  checkNumber(
    where,
    'imbalanceRatio',
    imbalanceRatio,
    {min: 1},
    'It is the largest count over the smallest: for a factor of 0.02 pass 50.',
  );
  if (minPerClass !== undefined) {
    checkNumber(where, 'minPerClass', minPerClass, {min: 1, max: maxCount, integer: true});
  }
  checkOneOf(where, 'profile', profile, ['exponential', 'step', 'none']);
  const decay = decayOf(profile, numClasses);
  const factor = 1 / imbalanceRatio; // μ of the papers' code: same rounding only by this form
  return Array.from({length: numClasses}, (_, i) => {
    const count = Math.trunc(maxCount * factor ** decay(i));
    if (minPerClass === undefined && count === 0) {
      throw new InvalidArgumentError({
        where,
        argument: 'imbalanceRatio',
        expected: 'leave every class at least one example',
        found: `${imbalanceRatio}, which leaves class ${i} none of at most ${maxCount}`,
        remedy: 'Lower it, or set minPerClass: 1.',
      });
    }
    return Math.max(count, minPerClass ?? 0);
  });
}

// The exponent of 1/IR for class i: 0 for the largest class, 1 for the smallest.
function decayOf(profile: LongTailedProfile, numClasses: number): (i: number) => number {
  switch (profile) {
    case 'exponential':
      return (i) => (numClasses === 1 ? 0 : i / (numClasses - 1));
    case 'step':
      return (i) => (numClasses === 1 || i < Math.floor(numClasses / 2) ? 0 : 1);
    case 'none':
      return () => 0;
  }
}
