import {checkNumber} from '../core/checks/checkNumber';
import {checkCounts} from './checkCounts';

/**
 * How often each class is drawn by a sampler that takes class j with probability
 * n_j^q / Σ n^q: q = 1 is plain sampling of examples, 1/2 square-root sampling, 0 class-balanced.
 *
 * @param classCounts - Examples of each class, ≥ 1.
 * @param power - Exponent q, any finite number.
 * @returns Probabilities that sum to 1.
 * @throws {@link InvalidArgumentError} if a class is empty or there is none.
 * @see Kang et al. 2020, Decoupling Representation and Classifier for Long-Tailed Recognition, Eq. (1).
 * @example
 * ```ts
 * import {classProbabilities} from 'lt-robust';
 *
 * classProbabilities([90, 10], 0.5); // => [0.75, 0.25]
 * ```
 */
export function classProbabilities(classCounts: ArrayLike<number>, power: number): number[] {
  const where = 'classProbabilities';
  checkNumber(where, 'power', power);
  checkCounts(where, classCounts);
  const logWeights = Array.from(classCounts, (count) => power * Math.log(count));
  // Relative to the largest, by logarithms: n^q itself may overflow.
  const largest = logWeights.reduce((most, w) => Math.max(most, w), -Infinity);
  const weights = logWeights.map((w) => Math.exp(w - largest));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}
