import {checkNumber} from '../core/checks/checkNumber';
import {checkRng} from '../core/checks/checkRng';
import {InvalidArgumentError} from '../core/errors';
import {type Defaults, withDefaults} from '../core/options';
import type {Rng} from '../core/rng';
import {classCounts} from './classCounts';
import {shuffle} from './shuffle';

/** Options of {@link balancedSplit}. */
export interface BalancedSplitOptions {
  /** Examples of each class to hold out, ≥ 1. */
  readonly perClass: number;
  /** Indices to split; by default all of `labels`. */
  readonly from?: ArrayLike<number> | undefined;
  /** Chooses at random; without it the first of each class are held out. */
  readonly rng?: Rng | undefined;
}

/** What {@link balancedSplit} returns. */
export interface BalancedSplit {
  /** `perClass` indices of each class, class after class. */
  readonly held: Int32Array;
  /** The other indices, in the order in which they were given. */
  readonly rest: Int32Array;
}

const DEFAULTS: Defaults<BalancedSplitOptions, 'perClass' | 'from' | 'rng'> = {
  perClass: undefined,
  from: undefined,
  rng: undefined,
};

/**
 * Holds out the same number of examples of every class: a balanced validation split, to choose
 * checkpoints and settings on without touching the test set. To leave a long-tailed training set
 * as it is, split what it left out: `from: complement(labels.length, trainingIndices)`.
 *
 * @param labels - Labels of the whole dataset, integers in `[0, numClasses)`.
 * @param numClasses - Number of classes.
 * @param options - See {@link BalancedSplitOptions}.
 * @returns Two lists of indices into `labels` that share none.
 * @throws {@link InvalidArgumentError} if a class has fewer than `perClass` examples among `from`,
 *   or an index is out of range or occurs twice.
 * @example
 * ```ts
 * import {balancedSplit} from 'lt-robust';
 *
 * const {held, rest} = balancedSplit([0, 0, 1, 1, 0], 2, {perClass: 1});
 * held; // => [0, 2]
 * rest; // => [1, 3, 4]
 * ```
 */
export function balancedSplit(
  labels: ArrayLike<number>,
  numClasses: number,
  options: BalancedSplitOptions,
): BalancedSplit {
  const where = 'balancedSplit';
  const {perClass, from, rng} = withDefaults(where, DEFAULTS, options);
  if (rng !== undefined) checkRng(where, rng, 'the choice is random');
  checkNumber(where, 'perClass', perClass, {min: 1, integer: true});
  classCounts(labels, numClasses); // checks every label
  const indices =
    from === undefined
      ? Int32Array.from({length: labels.length}, (_, i) => i)
      : checkedIndices(where, from, labels.length);
  const lists = Array.from({length: numClasses}, (_, c) => {
    const list = indices.filter((index) => labels[index] === c);
    if (list.length < perClass) {
      throw new InvalidArgumentError({
        where,
        argument: 'perClass',
        expected: 'be at most the number of examples that each class has to give',
        found: `${perClass}, with ${list.length} of class ${c}`,
        remedy: 'Lower it, or split more examples.',
      });
    }
    return (rng === undefined ? list : shuffle(list, rng, perClass)).subarray(0, perClass);
  });
  const held = new Int32Array(perClass * numClasses);
  lists.forEach((list, c) => held.set(list, c * perClass));
  const isHeld = new Set(held);
  return {held, rest: indices.filter((index) => !isHeld.has(index))};
}

function checkedIndices(where: string, from: ArrayLike<number>, size: number): Int32Array {
  const seen = new Uint8Array(size);
  for (let i = 0; i < from.length; i++) {
    const index = from[i];
    checkNumber(where, `from[${i}]`, index, {min: 0, max: size - 1, integer: true});
    if (seen[index] === 1) {
      throw new InvalidArgumentError({
        where,
        argument: 'from',
        expected: 'name each example once',
        found: `${index} twice`,
        remedy: 'Split before up-sampling: an example must not be on both sides.',
      });
    }
    seen[index] = 1;
  }
  return Int32Array.from(from);
}
