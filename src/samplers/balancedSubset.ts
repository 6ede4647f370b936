import {intAt} from '../core/at';
import {checkOneOf} from '../core/checks/checkOneOf';
import {checkNumber} from '../core/checks/checkNumber';
import {checkRng} from '../core/checks/checkRng';
import {describeValue} from '../core/describeValue';
import {InvalidArgumentError} from '../core/errors';
import {type Defaults, withDefaults} from '../core/options';
import type {Rng} from '../core/rng';
import {MOST_INDICES} from './checkCounts';
import {indicesByClass} from './indicesByClass';
import {shuffle} from './shuffle';

/** Options of {@link balancedSubset}. */
export interface BalancedSubsetOptions {
  /**
   * γ > 0: every class gets ⌊γ · n_min⌋ examples, n_min those of the rarest class. At most 1 only
   * down-samples; above the imbalance ratio IR every class is up-sampled. `'auto'` is the paper's
   * IR/2, but at least 1. @defaultValue 'auto'
   */
  readonly gamma?: number | 'auto' | undefined;
  /**
   * How a class with too few examples is filled: `'with-replacement'` by independent uniform
   * draws; `'repeat'` by whole copies and a choice without replacement for the remainder, so that
   * every example appears. @defaultValue 'with-replacement'
   */
  readonly upsample?: 'with-replacement' | 'repeat' | undefined;
  /** Draws the examples; required unless every class is taken whole. */
  readonly rng?: Rng | undefined;
}

const DEFAULTS: Defaults<BalancedSubsetOptions, 'rng'> = {
  gamma: 'auto',
  upsample: 'with-replacement',
  rng: undefined,
};

// γ as a quotient, IR/2, may be rounded down: the product must not lose an example because of it.

const ROUNDING = 1e-12;

/**
 * The balanced sub-dataset D_B on which the paper's self-teacher is trained: the same number of
 * examples of every class, the head down-sampled without replacement, the tail up-sampled. Draw it
 * once before training the teacher; augmentation then makes repeated images differ.
 *
 * @param labels - Labels of the long-tailed training set, at least one of each class.
 * @param numClasses - Number of classes.
 * @param options - See {@link BalancedSubsetOptions}.
 * @returns Indices into `labels`, class after class, some more than once.
 * @throws {@link InvalidArgumentError} if a class is empty, γ is not positive or leaves no example,
 *   or the choice is random and `rng` is missing.
 * @see Long-tailed Adversarial Training with Self-Distillation, Sec. 4.2 and 5.1.
 * @example
 * ```ts
 * import {balancedSubset, createRng} from 'lt-robust';
 *
 * const labels = [0, 0, 0, 0, 0, 0, 1, 1, 1, 2];
 * const indices = balancedSubset(labels, 3, {rng: createRng(1)}); // IR 6: γ = 3, 3 of each class
 * Array.from(indices, (i) => labels[i]); // => [0, 0, 0, 1, 1, 1, 2, 2, 2]
 * ```
 */
export function balancedSubset(
  labels: ArrayLike<number>,
  numClasses: number,
  options: BalancedSubsetOptions = {},
): Int32Array {
  const where = 'balancedSubset';
  const {gamma, upsample, rng} = withDefaults(where, DEFAULTS, options);
  if (gamma !== 'auto') checkNumber(where, 'gamma', gamma, {above: 0});
  checkOneOf(where, 'upsample', upsample, ['with-replacement', 'repeat']);
  const lists = indicesByClass(where, labels, numClasses);
  const counts = lists.map((list) => list.length);
  const min = Math.min(...counts);
  // (n_max / n_min) / 2 · n_min, without its rounding.
  const perClass =
    gamma === 'auto'
      ? Math.max(Math.floor(Math.max(...counts) / 2), min)
      : Math.floor(gamma * min * (1 + ROUNDING));
  if (perClass < 1) {
    throw new InvalidArgumentError({
      where,
      argument: 'gamma',
      expected: `leave at least one example of each class (the rarest has ${min})`,
      found: describeValue(gamma),
      remedy: `Raise it to at least 1/${min}.`,
    });
  }
  if (perClass * numClasses > MOST_INDICES) {
    throw new InvalidArgumentError({
      where,
      argument: 'gamma',
      expected: `give at most ${MOST_INDICES} examples in all`,
      found: `${describeValue(gamma)}, which gives ${perClass * numClasses}`,
      remedy: 'Lower it: 1 takes as many of each class as the rarest has.',
    });
  }
  const chosen = new Int32Array(perClass * numClasses);
  lists.forEach((list, c) => {
    fill(chosen.subarray(c * perClass, (c + 1) * perClass), list, upsample, rng);
  });
  return chosen;
}

function fill(
  target: Int32Array,
  list: Int32Array,
  upsample: 'with-replacement' | 'repeat',
  rng: Rng | undefined,
): void {
  const size = target.length;
  if (list.length < size && upsample === 'with-replacement') {
    checkRng('balancedSubset', rng, 'examples of a class are chosen at random');
    for (let i = 0; i < size; i++) target[i] = intAt(list, rng.integer(list.length));
    return;
  }
  const copies = Math.floor(size / list.length);
  for (let copy = 0; copy < copies; copy++) target.set(list, copy * list.length);
  const rest = size - copies * list.length;
  if (rest > 0) {
    checkRng('balancedSubset', rng, 'examples of a class are chosen at random');
    target.set(shuffle(list, rng, rest).subarray(0, rest), copies * list.length);
  }
}
