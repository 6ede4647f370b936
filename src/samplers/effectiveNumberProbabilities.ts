import {checkCounts} from './checkCounts';
import {at} from '../core/at';
import {effectiveNumberWeights, type EffectiveNumberWeightsOptions} from './effectiveNumberWeights';

/**
 * How often each class is drawn when every example is drawn in proportion to the weight of its
 * class, {@link effectiveNumberWeights}: the "Resample" of LDAM-DRW.
 *
 * @param classCounts - Examples of each class, ≥ 1.
 * @param options - See {@link EffectiveNumberWeightsOptions}.
 * @returns Probabilities that sum to 1, for {@link sampledBatches}: between plain sampling (β 0) and
 *   class-balanced (β 1).
 * @throws {@link InvalidArgumentError} if a class is empty or β leaves `[0, 1]`.
 * @see Cao et al. 2019, Learning Imbalanced Datasets with Label-Distribution-Aware Margin Loss, Sec. 4.
 * @example
 * ```ts
 * import {effectiveNumberProbabilities} from 'lt-robust';
 *
 * effectiveNumberProbabilities([90, 10], {beta: 0}); // => [0.9, 0.1]
 * effectiveNumberProbabilities([90, 10], {beta: 1}); // => [0.5, 0.5]
 * ```
 */
export function effectiveNumberProbabilities(
  classCounts: ArrayLike<number>,
  options: EffectiveNumberWeightsOptions = {},
): number[] {
  checkCounts('effectiveNumberProbabilities', classCounts);
  const shares = effectiveNumberWeights(classCounts, options).map(
    (weight, c) => weight * at(classCounts, c),
  );
  const sum = shares.reduce((a, b) => a + b, 0);
  return shares.map((share) => share / sum);
}
