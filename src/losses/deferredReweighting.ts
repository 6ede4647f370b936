import {checkNumber} from '../core/checks/checkNumber';
import {checkClassCounts} from '../core/checks/checkTensors';
import {type Defaults, withDefaults} from '../core/options';
import {effectiveNumberWeights} from '../samplers/effectiveNumberWeights';

/** Options of {@link deferredReweighting}. */
export interface DeferredReweightingOptions {
  /**
   * Last epoch, counted from 1, in which all classes have the same weight; ≥ 0. @defaultValue 160
   */
  readonly plainEpochs?: number | undefined;
  /** β in `[0, 1]` of the weights from then on, see {@link effectiveNumberWeights}. @defaultValue 0.9999 */
  readonly beta?: number | undefined;
}

const DEFAULTS: Defaults<DeferredReweightingOptions> = {plainEpochs: 160, beta: 0.9999};

/**
 * Deferred re-weighting (DRW): the weights of the classes in an epoch. First the network learns from
 * all examples alike; towards the end, at a small learning rate, rare classes weigh more.
 *
 * @param classCounts - Training examples of each class, n_i ≥ 1.
 * @param epoch - The epoch, counted from 1.
 * @param options - See {@link DeferredReweightingOptions}. The defaults are for the 200 epochs of
 *   LDAM-DRW; RoBal's code switches after 40 of 80.
 * @returns One weight for each class, summing to the number of classes: for {@link ldamLoss} and
 *   {@link weightedCrossEntropy}.
 * @throws {@link InvalidArgumentError} if a class is empty or a number is out of range.
 * @see Cao et al. 2019, Learning Imbalanced Datasets with Label-Distribution-Aware Margin Loss,
 *   Sec. 3.3 and Algorithm 1.
 * @example
 * ```ts
 * import {deferredReweighting} from 'lt-robust';
 *
 * deferredReweighting([90, 10], 160); // => [1, 1]
 * deferredReweighting([90, 10], 161, {beta: 1}); // => [0.2, 1.8]
 * ```
 */
export function deferredReweighting(
  classCounts: ArrayLike<number>,
  epoch: number,
  options: DeferredReweightingOptions = {},
): number[] {
  const where = 'deferredReweighting';
  const {plainEpochs, beta} = withDefaults(where, DEFAULTS, options);
  checkClassCounts(where, classCounts);
  checkNumber(where, 'epoch', epoch, {min: 1, integer: true});
  checkNumber(where, 'plainEpochs', plainEpochs, {min: 0, integer: true});
  checkNumber(where, 'beta', beta, {min: 0, max: 1});
  return effectiveNumberWeights(classCounts, {beta: epoch <= plainEpochs ? 0 : beta});
}
