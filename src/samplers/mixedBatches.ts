import {checkNumber} from '../core/checks/checkNumber';
import {checkRng} from '../core/checks/checkRng';
import {type Defaults, withDefaults} from '../core/options';
import type {Rng} from '../core/rng';
import {shuffle} from './shuffle';
import {batchesOf} from './shuffledBatches';
import {classRounds} from './classBalancedBatches';
import {indicesByClass} from './indicesByClass';

/** Options of {@link mixedBatches}. */
export interface MixedBatchesOptions {
  /** Draws classes and examples. */
  readonly rng: Rng;
  /** Whether a last batch smaller than `batchSize` is left out. @defaultValue false */
  readonly dropLast?: boolean | undefined;
}

const DEFAULTS: Defaults<MixedBatchesOptions, 'rng'> = {rng: undefined, dropLast: false};

/**
 * The batches of one epoch of RoBal's mixed sampler: in turn an example of the shuffled data and
 * one of the class-balanced round. Half of each batch follows the frequencies of the data, and in
 * the other half all classes are equally frequent. The epoch has twice as many examples as the
 * data.
 *
 * @param labels - Integers in `[0, numClasses)`, at least one of each class.
 * @param numClasses - Number of classes.
 * @param batchSize - Examples in a batch, ≥ 1; an even one has both halves in every batch.
 * @param options - See {@link MixedBatchesOptions}.
 * @returns Indices into `labels` for each batch.
 * @throws {@link InvalidArgumentError} if a class is empty, `rng` is missing or an option is out of
 *   range.
 * @see Wu et al. 2021, Adversarial Robustness under Long-Tailed Distribution, whose code has it.
 * @example
 * ```ts
 * import {createRng, mixedBatches} from 'lt-robust';
 *
 * const labels = [0, 0, 0, 1];
 * const [batch] = mixedBatches(labels, 2, 8, {rng: createRng(1)});
 * batch?.filter((i) => labels[i] === 1).length; // => 3
 * ```
 */
export function mixedBatches(
  labels: ArrayLike<number>,
  numClasses: number,
  batchSize: number,
  options: MixedBatchesOptions,
): Int32Array[] {
  const where = 'mixedBatches';
  const {rng, dropLast} = withDefaults(where, DEFAULTS, options);
  checkRng(where, rng, 'the order of the examples is random');
  checkNumber(where, 'batchSize', batchSize, {min: 1, integer: true});
  const lists = indicesByClass(where, labels, numClasses);
  const size = labels.length;
  const plain = shuffle(
    Int32Array.from({length: size}, (_, i) => i),
    rng,
  );
  const balanced = classRounds(lists, size, rng);
  const mixed = Int32Array.from({length: 2 * size}, (_, i) =>
    Number((i % 2 === 0 ? plain : balanced)[i >> 1]),
  );
  return batchesOf(where, mixed, batchSize, dropLast);
}
