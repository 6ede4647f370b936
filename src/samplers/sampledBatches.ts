import {checkList} from '../core/checks/checkNumbers';
import {checkNumber} from '../core/checks/checkNumber';
import {checkRng} from '../core/checks/checkRng';
import {InvalidArgumentError} from '../core/errors';
import {type Defaults, withDefaults} from '../core/options';
import type {Rng} from '../core/rng';
import {MOST_INDICES} from './checkCounts';
import {independentDraws} from './independentDraws';
import {indicesByClass} from './indicesByClass';
import {batchesOf} from './shuffledBatches';

/** Options of {@link sampledBatches}. */
export interface SampledBatchesOptions {
  /** Draws classes and examples. */
  readonly rng: Rng;
  /** Examples in the epoch, ≥ 1; by default as many as there are. */
  readonly epochSize?: number | undefined;
  /** Whether a last batch smaller than `batchSize` is left out. @defaultValue false */
  readonly dropLast?: boolean | undefined;
}

const DEFAULTS: Defaults<SampledBatchesOptions, 'rng' | 'epochSize'> = {
  rng: undefined,
  epochSize: undefined,
  dropLast: false,
};

/**
 * The batches of one epoch of independent draws, with replacement: of a class by its probability,
 * then of one of its examples. The shares say which sampler it is: {@link classProbabilities} with
 * power 1 draws all examples equally often, with 1/2 by the square root, with 0 class-balanced;
 * {@link progressiveProbabilities} and {@link effectiveNumberProbabilities} are others.
 *
 * @param labels - Integers in `[0, numClasses)`, at least one of each class.
 * @param shares - Probability of each class, ≥ 0, summing to 1 up to rounding; their number is that
 *   of the classes.
 * @param batchSize - Examples in a batch, ≥ 1.
 * @param options - See {@link SampledBatchesOptions}.
 * @returns Indices into `labels` for each batch.
 * @throws {@link InvalidArgumentError} if a class is empty, the shares are not probabilities, `rng`
 *   is missing or an option is out of range.
 * @see Kang et al. 2020, Decoupling Representation and Classifier for Long-Tailed Recognition, Sec. 3.
 * @example
 * ```ts
 * import {createRng, sampledBatches} from 'lt-robust';
 *
 * const labels = [0, 0, 0, 1];
 * const [batch] = sampledBatches(labels, [0, 1], 6, {rng: createRng(1), epochSize: 6});
 * batch; // => [3, 3, 3, 3, 3, 3]
 * ```
 */
export function sampledBatches(
  labels: ArrayLike<number>,
  shares: ArrayLike<number>,
  batchSize: number,
  options: SampledBatchesOptions,
): Int32Array[] {
  const where = 'sampledBatches';
  const {rng, epochSize, dropLast} = withDefaults(where, DEFAULTS, options);
  checkRng(where, rng, 'examples are drawn at random');
  if (epochSize !== undefined)
    checkNumber(where, 'epochSize', epochSize, {min: 1, max: MOST_INDICES, integer: true});
  const probabilities = checkedShares(where, shares);
  const lists = indicesByClass(where, labels, probabilities.length);
  const draws = independentDraws(lists, probabilities, epochSize ?? labels.length, rng);
  return batchesOf(where, draws, batchSize, dropLast);
}

function checkedShares(where: string, shares: ArrayLike<number>): number[] {
  checkList(where, 'shares', shares);
  const list = Array.from(shares, (share, c) => {
    checkNumber(where, `shares[${c}]`, share, {min: 0, max: 1});
    return share;
  });
  const sum = list.reduce((a, b) => a + b, 0);
  if (Math.abs(sum - 1) < 1e-6) return list;
  throw new InvalidArgumentError({
    where,
    argument: 'shares',
    expected: 'sum to 1',
    found: String(sum),
    remedy: 'Divide them by their sum, or make them with classProbabilities(counts, power).',
  });
}
