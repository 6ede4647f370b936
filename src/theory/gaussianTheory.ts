import {checkNumber} from '../core/checks/checkNumber';
import {describeValue} from '../core/describeValue';
import {InvalidArgumentError} from '../core/errors';
import {withDefaults} from '../core/options';
import {checkMixture} from './gaussianMixture';
import {
  ATTACKED_MIXTURE,
  linearErrors,
  type LinearErrorsOptions,
  type MixtureErrors,
} from './linearErrors';

/** An optimal classifier of the mixture, and its errors. */
export interface OptimalClassifier extends MixtureErrors {
  /** Offset b* of its boundary, the weights being 1/√n each. */
  readonly bias: number;
}

/** What {@link gaussianTheory} returns. */
export interface GaussianTheory {
  /** The classifier with the smallest standard error, b* = ln r / (2 √n η). */
  readonly natural: OptimalClassifier;
  /** The classifier with the smallest robust error, b* = ln r / (2 √n (η - ε)). */
  readonly robust: OptimalClassifier;
}

/**
 * Theorem 1 and Corollary 1 of the paper: the best natural and the best robust classifier of a
 * long-tailed mixture of two Gaussians, and their errors in closed form. For r > 1 the robust error
 * of the tail class is larger under the robust classifier than under the natural one: adversarial
 * training on long-tailed data makes the tail less robust than natural training does.
 *
 * @param options - The mixture and the perturbation; see {@link LinearErrorsOptions}. ε < η.
 * @returns Both classifiers; error rates are exact to 1e-14.
 * @throws {@link InvalidArgumentError} if a number is out of range, or ε is not below η: then no
 *   classifier is robust.
 * @see Long-tailed Adversarial Training with Self-Distillation, Theorem 1, Corollary 1, Eq. (11) and
 *   (16). (The text calls η a standard deviation: it is the mean.)
 * @example
 * ```ts
 * import {gaussianTheory} from 'lt-robust/theory';
 *
 * const {natural, robust} = gaussianTheory({imbalanceRatio: 5});
 * [natural.bias, robust.bias]; // => [0.569022, 1.138044]
 * [natural.tail.robust, robust.tail.robust]; // => [0.445087, 0.666743]
 * ```
 */
export function gaussianTheory(options: LinearErrorsOptions = {}): GaussianTheory {
  const where = 'gaussianTheory';
  const {epsilon, ...mixture} = withDefaults(where, ATTACKED_MIXTURE, options);
  checkMixture(where, mixture);
  checkNumber(where, 'epsilon', epsilon, {min: 0});
  const {eta, dimensions, imbalanceRatio} = mixture;
  if (epsilon >= eta) {
    throw new InvalidArgumentError({
      where,
      argument: 'epsilon',
      expected: `be below eta, ${eta}`,
      found: describeValue(epsilon),
      remedy: 'From there on a perturbation can swap the classes.',
    });
  }
  const root = Math.sqrt(dimensions);
  const weights = new Float64Array(dimensions).fill(1 / root);
  const optimal = (distance: number): OptimalClassifier => {
    const bias = Math.log(imbalanceRatio) / (2 * root * distance);
    return {bias, ...linearErrors({weights, bias}, {...mixture, epsilon})};
  };
  return {natural: optimal(eta), robust: optimal(eta - epsilon)};
}
