import {checkGiven, hasParts} from '../core/checks/checkGiven';
import {checkNumber} from '../core/checks/checkNumber';
import {InvalidArgumentError} from '../core/errors';
import {type Defaults, withDefaults} from '../core/options';
import {checkMixture, MIXTURE, type GaussianMixture} from './gaussianMixture';
import {normalCdf} from './normalCdf';

/** A linear classifier, sign(w · x + b): the head class where it is positive. */
export interface LinearClassifier {
  /** w, one for each coordinate; not all 0. */
  readonly weights: ArrayLike<number>;
  /** b. */
  readonly bias: number;
}

/** Fraction of examples that a classifier gets wrong. */
export interface ErrorRates {
  /** On examples as they are. */
  readonly standard: number;
  /** On examples under the worst L∞ perturbation of size ε. */
  readonly robust: number;
}

/** Errors of a classifier, by class and over the whole mixture. */
export interface MixtureErrors {
  /** Errors on the tail class. */
  readonly tail: ErrorRates;
  /** Errors on the head class. */
  readonly head: ErrorRates;
  /** Errors on both, each weighted by its fraction of the data. */
  readonly overall: ErrorRates;
}

/** Options of {@link linearErrors}. */
export interface LinearErrorsOptions extends GaussianMixture {
  /** Size ε ≥ 0 of the L∞ perturbation. @defaultValue 0.5 */
  readonly epsilon?: number | undefined;
}

/** @internal */
export const ATTACKED_MIXTURE = {...MIXTURE, epsilon: 0.5};

/**
 * The errors of a linear classifier on the paper's mixture, in closed form: an example of the tail
 * class has the score b - η Σw plus ‖w‖₂ times a standard normal number, and the worst perturbation
 * adds ε ‖w‖₁.
 *
 * @param classifier - The classifier, trained or made up.
 * @param options - The mixture and the perturbation; see {@link LinearErrorsOptions}. `dimensions`
 *   is the number of weights.
 * @returns Error rates, exact to 1e-14.
 * @throws {@link InvalidArgumentError} if all weights are 0 or a number is out of range.
 * @see Long-tailed Adversarial Training with Self-Distillation, Definition 1 and Appendix A.
 * @example
 * ```ts
 * import {linearErrors} from 'lt-robust/theory';
 *
 * const {tail} = linearErrors({weights: [1, 1], bias: 0});
 * [tail.standard, tail.robust]; // => [0.07865, 0.23975]
 * ```
 */
export function linearErrors(
  classifier: LinearClassifier,
  options: LinearErrorsOptions = {},
): MixtureErrors {
  const where = 'linearErrors';
  const isLinear = hasParts(classifier, 'weights');
  const remedy = 'Pass what logisticRegression gives.';
  checkGiven(where, 'classifier', classifier, isLinear, 'be {weights, bias}', remedy);
  const weights = Array.from(classifier.weights);
  const defaults: Defaults<LinearErrorsOptions> = {...ATTACKED_MIXTURE, dimensions: weights.length};
  const {epsilon, ...mixture} = withDefaults(where, defaults, options);
  checkMixture(where, mixture);
  checkNumber(where, 'epsilon', epsilon, {min: 0});
  checkNumber(where, 'bias', classifier.bias);
  weights.forEach((w, k) => {
    checkNumber(where, `weights[${k}]`, w);
  });
  const length = Math.hypot(...weights);
  if (length === 0 || weights.length !== mixture.dimensions) {
    throw new InvalidArgumentError({
      where,
      argument: 'weights',
      expected: `be ${mixture.dimensions} numbers, not all 0`,
      found: `[${weights.join(', ')}]`,
      remedy: 'Pass one weight for each coordinate.',
    });
  }
  const mean = weights.reduce((sum, w) => sum + w * mixture.eta, 0);
  const reach = weights.reduce((sum, w) => sum + Math.abs(w) * epsilon, 0);
  const rates = (score: number): ErrorRates => ({
    standard: normalCdf(score / length),
    robust: normalCdf((score + reach) / length),
  });
  const tail = rates(classifier.bias - mean);
  const head = rates(-classifier.bias - mean);
  const r = mixture.imbalanceRatio;
  const both = (kind: keyof ErrorRates) => (r * head[kind] + tail[kind]) / (r + 1);
  return {tail, head, overall: {standard: both('standard'), robust: both('robust')}};
}
