import {checkNumber} from '../core/checks/checkNumber';
import {checkOneOf} from '../core/checks/checkOneOf';
import {checkRng} from '../core/checks/checkRng';
import {type Defaults, withDefaults} from '../core/options';
import type {Rng} from '../core/rng';
import {balancedSubset, type BalancedSubsetOptions} from './balancedSubset';
import {shuffle} from './shuffle';
import {batchesOf} from './shuffledBatches';

const RESAMPLES = ['once', 'per-epoch'] as const;

/** Options of {@link balancedSubsetBatches}: those of {@link balancedSubset}, and of the batches. */
export interface BalancedSubsetBatchesOptions extends Omit<BalancedSubsetOptions, 'rng'> {
  /** Draws the sub-dataset and the order of each epoch. It is forked, never drawn from. */
  readonly rng: Rng;
  /** The epoch, counted from 1. */
  readonly epoch: number;
  /**
   * `'once'`: all epochs go through one sub-dataset, as in the paper; `'per-epoch'`: each epoch
   * draws its own, so that no example of the head is left out for good. @defaultValue 'once'
   */
  readonly resample?: 'once' | 'per-epoch' | undefined;
  /** Whether a last batch smaller than `batchSize` is left out. @defaultValue false */
  readonly dropLast?: boolean | undefined;
}

const DEFAULTS: Defaults<BalancedSubsetBatchesOptions, 'rng' | 'epoch'> = {
  gamma: 'auto',
  upsample: 'with-replacement',
  rng: undefined,
  epoch: undefined,
  resample: 'once',
  dropLast: false,
};

/**
 * The shuffled batches of one epoch over the paper's balanced sub-dataset D_B, drawn once or anew
 * in every epoch.
 *
 * @param labels - Labels of the long-tailed training set, at least one of each class.
 * @param numClasses - Number of classes.
 * @param batchSize - Examples in a batch, ≥ 1.
 * @param options - See {@link BalancedSubsetBatchesOptions}. Pass the same `rng` in every epoch.
 * @returns Indices into `labels` for each batch, some more than once.
 * @throws {@link InvalidArgumentError} as {@link balancedSubset} does, and if the epoch or an option
 *   is out of range.
 * @see Long-tailed Adversarial Training with Self-Distillation, Sec. 4.2; that it is drawn once is
 *   our reading.
 * @example
 * ```ts
 * import {balancedSubsetBatches, createRng} from 'lt-robust';
 *
 * const labels = [0, 0, 0, 0, 0, 0, 1, 1, 1, 2];
 * const rng = createRng(1);
 * const batches = balancedSubsetBatches(labels, 3, 4, {rng, epoch: 1, resample: 'per-epoch'});
 * batches.map((batch) => batch.length); // => [4, 4, 1]
 * ```
 */
export function balancedSubsetBatches(
  labels: ArrayLike<number>,
  numClasses: number,
  batchSize: number,
  options: BalancedSubsetBatchesOptions,
): Int32Array[] {
  const where = 'balancedSubsetBatches';
  const settings = withDefaults(where, DEFAULTS, options);
  const {gamma, upsample, rng, epoch, resample, dropLast} = settings;
  checkRng(where, rng, 'the subset and its order are random');
  checkNumber(where, 'epoch', epoch, {min: 1, integer: true});
  checkOneOf(where, 'resample', resample, RESAMPLES);
  const drawing = rng.fork('subset');
  const subset = balancedSubset(labels, numClasses, {
    gamma,
    upsample,
    rng: resample === 'once' ? drawing : drawing.fork(epoch),
  });
  return batchesOf(where, shuffle(subset, rng.fork('order').fork(epoch)), batchSize, dropLast);
}
