import {checkList} from '../core/checks/checkNumbers';
import {checkNumber} from '../core/checks/checkNumber';
import {checkClassCounts} from '../core/checks/checkTensors';
import {InvalidArgumentError} from '../core/errors';
import {type Defaults, withDefaults} from '../core/options';

/** Options of {@link rebalancedWeights}. */
export interface RebalancedWeightsOptions {
  /**
   * Bound > 1 of the largest weight over the smallest; without it, a class that was never predicted
   * takes nearly all of the weight, as in REAT's code.
   */
  readonly maxRatio?: number | undefined;
}

const DEFAULTS: Defaults<RebalancedWeightsOptions, 'maxRatio'> = {maxRatio: undefined};

// From REAT's code.
const GUARD = 1e-5;

/**
 * The weights of REAT's rebalanced attack: the inverse of the effective number of adversarial
 * examples that were predicted as each class, (1-β^a)/(1-β) with β = (n-1)/n. They are for
 * {@link weightedCrossEntropy} in the attack. As coded they scale each example's loss by a positive
 * factor, which the sign of an L∞ step removes again: they only affect L2 steps and momentum.
 *
 * @param classCounts - Training examples n of each class, ≥ 1.
 * @param predictedCounts - How many adversarial examples a of the last epoch were predicted as each
 *   class, ≥ 0; in the first epoch `classCounts`.
 * @param options - See {@link RebalancedWeightsOptions}.
 * @returns One weight for each class; they sum to the number of classes.
 * @throws {@link InvalidArgumentError} if a count is out of range or the lists differ in length.
 * @see Li et al. 2023, Alleviating the Effect of Data Imbalance on Adversarial Training, Sec. 4.1.
 * @example
 * ```ts
 * import {rebalancedWeights} from 'lt-robust';
 *
 * rebalancedWeights([100, 40, 10, 5], [90, 50, 10, 5]);
 * // => [0.133691, 0.277091, 1.221849, 2.36737]
 * ```
 */
export function rebalancedWeights(
  classCounts: ArrayLike<number>,
  predictedCounts: ArrayLike<number>,
  options: RebalancedWeightsOptions = {},
): number[] {
  const where = 'rebalancedWeights';
  const {maxRatio} = withDefaults(where, DEFAULTS, options);
  checkClassCounts(where, classCounts);
  checkList(where, 'predictedCounts', predictedCounts);
  if (predictedCounts.length !== classCounts.length) {
    throw new InvalidArgumentError({
      where,
      argument: 'predictedCounts',
      expected: `have one count for each of the ${classCounts.length} classes`,
      found: `${predictedCounts.length} counts`,
      remedy: 'Count the predictions with classCounts(predictions, numClasses).',
    });
  }
  if (maxRatio !== undefined) checkNumber(where, 'maxRatio', maxRatio, {above: 1});
  const raw = Array.from(classCounts, (n, c) => {
    const predicted = predictedCounts[c];
    checkNumber(where, `predictedCounts[${c}]`, predicted, {min: 0});
    return 1 / (effectiveNumber(n, predicted) + GUARD);
  });
  const bound = maxRatio === undefined ? Infinity : maxRatio * Math.min(...raw);
  const weights = raw.map((weight) => Math.min(weight, bound));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => (weight / sum) * weights.length);
}

// (1 - β^a) / (1 - β) with β = 1 - 1/n.
const effectiveNumber = (n: number, predicted: number): number =>
  predicted === 0 ? 0 : -Math.expm1(predicted * Math.log1p(-1 / n)) * n;
