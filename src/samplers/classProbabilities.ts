import {checkNumber} from '../core/checks/checkNumber';
import {InvalidArgumentError} from '../core/errors';

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
 * classProbabilities([90, 10], 0.5); // => [0.75, 0.25]
 * ```
 */
export function classProbabilities(classCounts: ArrayLike<number>, power: number): number[] {
  const where = 'classProbabilities';
  checkNumber(where, 'power', power);
  if (classCounts.length === 0) {
    throw new InvalidArgumentError({
      where,
      argument: 'classCounts',
      expected: 'have at least one class',
      found: 'none',
      remedy: 'Count the labels with classCounts(labels, numClasses).',
    });
  }
  const weights = Array.from(classCounts, (count, c) => {
    checkNumber(where, `classCounts[${c}]`, count, {min: 1});
    return count ** power;
  });
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}
