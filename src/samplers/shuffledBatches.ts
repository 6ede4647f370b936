import {checkNumbers} from '../core/checks/checkNumbers';
import {checkNumber} from '../core/checks/checkNumber';
import {checkRng} from '../core/checks/checkRng';
import {InvalidArgumentError} from '../core/errors';
import {type Defaults, withDefaults} from '../core/options';
import type {Rng} from '../core/rng';
import {shuffle} from './shuffle';

/** Options of {@link shuffledBatches}. */
export interface ShuffledBatchesOptions {
  /** Shuffles the examples. */
  readonly rng: Rng;
  /** Whether a last batch smaller than `batchSize` is left out. @defaultValue false */
  readonly dropLast?: boolean | undefined;
}

const DEFAULTS: Defaults<ShuffledBatchesOptions, 'rng'> = {rng: undefined, dropLast: false};

/**
 * The batches of one epoch: every example once, in random order.
 *
 * @param indicesOrSize - Indices to go through, or their number n for 0 to n−1.
 * @param batchSize - Examples in a batch, ≥ 1.
 * @param options - See {@link ShuffledBatchesOptions}.
 * @returns One list of indices for each batch.
 * @throws {@link InvalidArgumentError} if there is no example, `rng` is missing, or `dropLast`
 *   would leave no batch at all.
 * @example
 * ```ts
 * import {createRng, shuffledBatches} from 'lt-robust';
 *
 * const batches = shuffledBatches(10, 4, {rng: createRng(1)});
 * batches.map((batch) => batch.length); // => [4, 4, 2]
 * ```
 */
export function shuffledBatches(
  indicesOrSize: number | ArrayLike<number>,
  batchSize: number,
  options: ShuffledBatchesOptions,
): Int32Array[] {
  const where = 'shuffledBatches';
  const {rng, dropLast} = withDefaults(where, DEFAULTS, options);
  checkRng(where, rng, 'the order of the examples is random');
  if (typeof indicesOrSize === 'number') {
    checkNumber(where, 'indicesOrSize', indicesOrSize, {min: 1, integer: true});
  } else {
    checkNumbers(where, 'indicesOrSize', indicesOrSize, {min: 0, max: 2 ** 31 - 1, integer: true});
  }
  const indices =
    typeof indicesOrSize === 'number'
      ? Int32Array.from({length: indicesOrSize}, (_, i) => i)
      : Int32Array.from(indicesOrSize);
  return batchesOf(where, shuffle(indices, rng), batchSize, dropLast);
}

/**
 * Cuts a list of indices into batches.
 *
 * @internal
 */
export function batchesOf(
  where: string,
  indices: Int32Array,
  batchSize: number,
  dropLast: boolean,
): Int32Array[] {
  checkNumber(where, 'batchSize', batchSize, {min: 1, integer: true});
  const size = dropLast ? indices.length - (indices.length % batchSize) : indices.length;
  if (size === 0) {
    throw new InvalidArgumentError({
      where,
      argument: indices.length === 0 ? 'indicesOrSize' : 'batchSize',
      expected: 'give at least one batch',
      found:
        indices.length === 0
          ? 'no examples'
          : `${batchSize} for ${indices.length} examples, with dropLast`,
      remedy: 'Pass more examples, a smaller batchSize, or dropLast: false.',
    });
  }
  const batches: Int32Array[] = [];
  for (let start = 0; start < size; start += batchSize) {
    batches.push(indices.slice(start, Math.min(start + batchSize, size)));
  }
  return batches;
}
