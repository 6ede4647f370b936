import {describeValue} from '../core/describeValue';
import {intAt, itemAt} from '../core/at';
import {checkNumber} from '../core/checks/checkNumber';
import {checkOneOf} from '../core/checks/checkOneOf';
import {checkRng} from '../core/checks/checkRng';
import {InvalidArgumentError} from '../core/errors';
import {type Defaults, withDefaults} from '../core/options';
import type {Rng} from '../core/rng';
import {MOST_INDICES} from './checkCounts';
import {classProbabilities} from './classProbabilities';
import {independentDraws} from './independentDraws';
import {indicesByClass} from './indicesByClass';
import {shuffle} from './shuffle';
import {batchesOf} from './shuffledBatches';

const ORDERS = ['cyclic', 'iid'] as const;

/** Options of {@link classBalancedBatches}. */
export interface ClassBalancedBatchesOptions {
  /** Draws classes and examples. */
  readonly rng: Rng;
  /**
   * `'cyclic'`: takes the classes in turn, and within a class its examples in turn, each round in a
   * new random order; `'iid'`: independent draws of a class, then of one of its examples.
   * @defaultValue 'cyclic'
   */
  readonly order?: 'cyclic' | 'iid' | undefined;
  /**
   * Exponent q of `'iid'`: class j is drawn with probability ∝ n_j^q, see
   * {@link classProbabilities}; 1/2 is square-root sampling. @defaultValue 0
   */
  readonly power?: number | undefined;
  /**
   * Examples in the epoch; by default n_max · C for `'cyclic'`, after which every class had the
   * same number of draws, and the number of examples for `'iid'`.
   */
  readonly epochSize?: number | undefined;
  /** Whether a last batch smaller than `batchSize` is left out. @defaultValue false */
  readonly dropLast?: boolean | undefined;
}

const DEFAULTS: Defaults<ClassBalancedBatchesOptions, 'rng' | 'epochSize'> = {
  rng: undefined,
  order: 'cyclic',
  power: 0,
  epochSize: undefined,
  dropLast: false,
};

/**
 * The batches of one epoch in which all classes are equally frequent, however rare they are: the
 * class-aware sampler that RoBal and others train with.
 *
 * @param labels - Integers in `[0, numClasses)`, at least one of each class.
 * @param numClasses - Number of classes.
 * @param batchSize - Examples in a batch, ≥ 1.
 * @param options - See {@link ClassBalancedBatchesOptions}.
 * @returns Indices into `labels` for each batch; those of rare classes occur many times.
 * @throws {@link InvalidArgumentError} if a class is empty, `rng` is missing or an option is out of
 *   range.
 * @see Shen et al. 2016, Relay Backpropagation, Sec. 4 (class-aware sampling); Wu et al. 2021.
 * @example
 * ```ts
 * import {classBalancedBatches, createRng} from 'lt-robust';
 *
 * const labels = [0, 0, 0, 1];
 * const [batch] = classBalancedBatches(labels, 2, 6, {rng: createRng(1)});
 * batch?.filter((i) => labels[i] === 1).length; // => 3
 * ```
 */
export function classBalancedBatches(
  labels: ArrayLike<number>,
  numClasses: number,
  batchSize: number,
  options: ClassBalancedBatchesOptions,
): Int32Array[] {
  const where = 'classBalancedBatches';
  const {rng, order, power, epochSize, dropLast} = withDefaults(where, DEFAULTS, options);
  checkRng(where, rng, 'the order of the examples is random');
  checkOneOf(where, 'order', order, ORDERS);
  if (epochSize !== undefined) {
    checkNumber(where, 'epochSize', epochSize, {min: 1, max: MOST_INDICES, integer: true});
  }
  if (order === 'cyclic' && options.power !== undefined) {
    throw new InvalidArgumentError({
      where,
      argument: 'power',
      expected: "come with order: 'iid'",
      found: `${describeValue(options.power)} with 'cyclic', which takes every class in turn`,
      remedy: "Leave it out, or pass order: 'iid'.",
    });
  }
  const lists = indicesByClass(where, labels, numClasses);
  const counts = lists.map((list) => list.length);
  const draws =
    order === 'cyclic'
      ? classRounds(lists, epochSize ?? Math.max(...counts) * numClasses, rng)
      : independentDraws(lists, classProbabilities(counts, power), epochSize ?? labels.length, rng);
  return batchesOf(where, draws, batchSize, dropLast);
}

/**
 * Draws that take the classes in turn, and within a class its examples in turn, each round in a new
 * random order.
 *
 * @internal
 */
export function classRounds(lists: readonly Int32Array[], size: number, rng: Rng): Int32Array {
  const nextClass = cycle(Int32Array.from(lists.keys()), rng);
  const nextExample = lists.map((list) => cycle(list, rng));
  return Int32Array.from({length: size}, () => itemAt(nextExample, nextClass())());
}

// Repeats `values` endlessly, shuffling them before each round.
function cycle(values: Int32Array, rng: Rng): () => number {
  let position = 0;
  return () => {
    if (position % values.length === 0) shuffle(values, rng);
    return intAt(values, position++ % values.length);
  };
}
