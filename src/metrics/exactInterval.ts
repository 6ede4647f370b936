import {checkNumber} from '../core/checks/checkNumber';
import {type Defaults, withDefaults} from '../core/options';
import {binomialBounds} from './binomialTail';

/** Options of {@link exactInterval}. */
export interface ExactIntervalOptions {
  /** Confidence level, strictly between 0 and 1. @defaultValue 0.95 */
  readonly confidence?: number | undefined;
}

const DEFAULTS: Defaults<ExactIntervalOptions> = {confidence: 0.95};

/**
 * Clopper and Pearson's exact interval for a proportion. It covers the true accuracy with at least
 * the stated probability, for every accuracy and every number of examples; {@link wilsonInterval}
 * is narrower and covers it with that probability only on average. Use this one where a decision
 * depends on the interval.
 *
 * @param correct - Number of successes.
 * @param total - Number of examples, at least 1.
 * @param options - See {@link ExactIntervalOptions}.
 * @returns Lower and upper end, fractions in [0, 1].
 * @throws {@link InvalidArgumentError} unless `0 <= correct <= total`, both integers.
 * @see Clopper & Pearson 1934, The use of confidence or fiducial limits illustrated in the case of
 *   the binomial.
 * @example
 * ```ts
 * import {exactInterval} from 'lt-robust';
 *
 * exactInterval(81, 263); // => [0.2527, 0.3677]
 * exactInterval(0, 20); // => [0, 0.1684]
 * ```
 */
export function exactInterval(
  correct: number,
  total: number,
  options: ExactIntervalOptions = {},
): [lower: number, upper: number] {
  const where = 'exactInterval';
  const {confidence} = withDefaults(where, DEFAULTS, options);
  checkNumber(where, 'total', total, {min: 1, integer: true});
  checkNumber(where, 'correct', correct, {min: 0, max: total, integer: true});
  checkNumber(where, 'confidence', confidence, {above: 0, max: 1 - 1e-12});
  const [lower, upper] = binomialBounds(correct, total, (1 + confidence) / 2);
  return [lower, upper];
}
