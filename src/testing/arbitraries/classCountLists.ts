import * as fc from 'fast-check';

import {checkNumber} from '../../core/checks/checkNumber';
import {type Defaults, withDefaults} from '../../core/options';
import {type LongTailedCountsOptions, longTailedCounts} from '../../samplers/longTailedCounts';
import {type CountRange, endsOf, integerIn} from './ranges';

/** Options of {@link classCountLists} and {@link longTailProfiles}. */
export interface ClassCountListsOptions {
  /** Number of classes. @defaultValue [1, 10] */
  readonly numClasses?: CountRange | undefined;
  /** Largest count of a class, at least 1. @defaultValue 1000 */
  readonly maxCount?: number | undefined;
}

const DEFAULTS: Defaults<ClassCountListsOptions> = {numClasses: [1, 10], maxCount: 1000};

/**
 * Training examples of each class, at least one, in any order. They shrink toward few classes of
 * one example each.
 *
 * @param options - See {@link ClassCountListsOptions}.
 * @returns Class counts, as losses and samplers take them.
 * @throws {@link InvalidArgumentError} if a range is empty.
 * @example
 * ```ts
 * import * as fc from 'fast-check';
 * import {classCountLists} from 'lt-robust/testing';
 *
 * fc.assert(fc.property(classCountLists(), (counts) => counts.every((count) => count >= 1)));
 * ```
 */
export function classCountLists(options: ClassCountListsOptions = {}): fc.Arbitrary<number[]> {
  const where = 'classCountLists';
  const {numClasses, maxCount} = withDefaults(where, DEFAULTS, options);
  checkNumber(where, 'maxCount', maxCount, {min: 1, integer: true});
  const [minLength, maxLength] = endsOf(where, 'numClasses', numClasses);
  return fc.array(fc.integer({min: 1, max: maxCount}), {minLength, maxLength, size: 'max'});
}

/** A long-tailed profile: what makes it, and the counts that it makes. */
export interface LongTail {
  /** What `longTailedCounts` was given. */
  readonly options: LongTailedCountsOptions;
  /** What it returned, largest class first. */
  readonly counts: readonly number[];
}

/**
 * Long-tailed profiles, as `longTailedCounts` makes them: exponential, in a step, or balanced. They
 * shrink toward few examples, few classes and an imbalance ratio of 1.
 *
 * @param options - See {@link ClassCountListsOptions}.
 * @returns The settings of each profile and its counts, at least 1 of each class.
 * @throws {@link InvalidArgumentError} if a range is empty.
 * @example
 * ```ts
 * import * as fc from 'fast-check';
 * import {longTailProfiles} from 'lt-robust/testing';
 *
 * fc.assert(fc.property(longTailProfiles(), ({counts}) => {
 *   return counts.every((count, i) => count >= 1 && count <= (counts[i - 1] ?? count));
 * }));
 * ```
 */
export function longTailProfiles(options: ClassCountListsOptions = {}): fc.Arbitrary<LongTail> {
  const where = 'longTailProfiles';
  const {numClasses, maxCount} = withDefaults(where, DEFAULTS, options);
  checkNumber(where, 'maxCount', maxCount, {min: 1, integer: true});
  const [, most] = endsOf(where, 'numClasses', numClasses);
  checkNumber(where, 'numClasses', most, {min: 1, integer: true}, 'A profile has a class.');
  return fc
    .record({
      profile: fc.constantFrom('none' as const, 'step' as const, 'exponential' as const),
      numClasses: integerIn(where, 'numClasses', numClasses).filter((classes) => classes > 0),
      maxCount: fc.integer({min: 1, max: maxCount}),
      imbalanceRatio: fc.integer({min: 1, max: 256}),
    })
    .map((made) => {
      const settings = {...made, minPerClass: 1};
      return {options: settings, counts: longTailedCounts(settings)};
    });
}
