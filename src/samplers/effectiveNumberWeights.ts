import {checkNumber} from '../core/checks/checkNumber';
import {type Defaults, withDefaults} from '../core/options';
import {checkCounts} from './checkCounts';

/** Options of {@link effectiveNumberWeights}. */
export interface EffectiveNumberWeightsOptions {
  /**
   * β in `[0, 1]`: 0 weights all classes the same, 1 by the inverse of their counts.
   * @defaultValue 0.9999
   */
  readonly beta?: number | undefined;
}

const DEFAULTS: Defaults<EffectiveNumberWeightsOptions> = {beta: 0.9999};

/**
 * Weights of the classes by the inverse of their effective number of examples, (1-β)/(1-β^n): the
 * more examples a class has, the less a further one adds. For `weightedCrossEntropy`,
 * `classBalancedLoss` and `ldamLoss`, and for sampling.
 *
 * @param classCounts - Training examples of each class, n_i ≥ 1.
 * @param options - See {@link EffectiveNumberWeightsOptions}.
 * @returns One weight for each class; they sum to the number of classes.
 * @throws {@link InvalidArgumentError} if a class is empty or β leaves `[0, 1]`.
 * @see Cui et al. 2019, Class-Balanced Loss Based on Effective Number of Samples, Eq. (2).
 * @example
 * ```ts
 * import {effectiveNumberWeights} from 'lt-robust';
 *
 * effectiveNumberWeights([100, 40, 10, 5], {beta: 0.9}); // => [0.66754, 0.677537, 1.024873, 1.630051]
 * ```
 */
export function effectiveNumberWeights(
  classCounts: ArrayLike<number>,
  options: EffectiveNumberWeightsOptions = {},
): number[] {
  const where = 'effectiveNumberWeights';
  const {beta} = withDefaults(where, DEFAULTS, options);
  checkNumber(where, 'beta', beta, {min: 0, max: 1});
  checkCounts(where, classCounts);
  const inverse = Array.from(classCounts, (n) =>
    beta === 1 ? 1 / n : (1 - beta) / -Math.expm1(n * Math.log(beta)),
  );
  const sum = inverse.reduce((a, b) => a + b, 0);
  return inverse.map((weight) => (weight / sum) * inverse.length);
}
