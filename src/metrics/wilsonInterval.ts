import {checkNumber} from '../core/checks/checkNumber';
import {type Defaults, withDefaults} from '../core/options';

/** Options of {@link wilsonInterval}. */
export interface WilsonIntervalOptions {
  /** Confidence level, strictly between 0 and 1. @defaultValue 0.95 */
  readonly confidence?: number | undefined;
}

const DEFAULTS: Defaults<WilsonIntervalOptions> = {confidence: 0.95};

/**
 * Wilson's score interval for a proportion: where the true accuracy lies, given how many of how
 * many examples were right. Unlike mean ± 2 deviations it stays in [0, 1] and holds for few
 * examples and for accuracies near 0 or 1, which tail classes have.
 *
 * @param correct - Number of successes.
 * @param total - Number of examples, at least 1.
 * @param options - See {@link WilsonIntervalOptions}.
 * @returns Lower and upper end, fractions in [0, 1].
 * @throws {@link InvalidArgumentError} unless `0 <= correct <= total`, both integers.
 * @see Wilson 1927, Probable inference, the law of succession, and statistical inference.
 * @example
 * ```ts
 * import {wilsonInterval} from 'lt-robust';
 *
 * wilsonInterval(81, 263); // => [0.2553, 0.3662]
 * ```
 */
export function wilsonInterval(
  correct: number,
  total: number,
  options: WilsonIntervalOptions = {},
): [lower: number, upper: number] {
  const {confidence} = withDefaults('wilsonInterval', DEFAULTS, options);
  checkNumber('wilsonInterval', 'total', total, {min: 1, integer: true});
  checkNumber('wilsonInterval', 'correct', correct, {min: 0, max: total, integer: true});
  // Nearer to 1 than this, float64 can no longer tell the quantile from infinity.
  checkNumber('wilsonInterval', 'confidence', confidence, {above: 0, max: 1 - 1e-12});
  const z = normalQuantile((1 + confidence) / 2);
  const p = correct / total;
  const center = p + z ** 2 / (2 * total);
  const half = z * Math.sqrt((p * (1 - p)) / total + z ** 2 / (4 * total ** 2));
  const scale = 1 + z ** 2 / total;
  // The ends are exactly 0 and 1 there; rounding would leave 1e-17.
  return [
    correct === 0 ? 0 : (center - half) / scale,
    correct === total ? 1 : (center + half) / scale,
  ];
}

const density = (z: number) => Math.exp(-(z ** 2) / 2) / Math.sqrt(2 * Math.PI);

// Φ(z) = 1/2 + φ(z) (z + z³/3 + z⁵/(3·5) + ...), Marsaglia 2004.
function distribution(z: number): number {
  let term = z;
  let sum = z;
  for (let n = 3; sum + term !== sum; n += 2) {
    term *= z ** 2 / n;
    sum += term;
  }
  return 0.5 + density(z) * sum;
}

/**
 * The number that a standard normal variable stays below with this probability, at least 1/2. By
 * Newton's method: Φ is concave above 0, so that it climbs to the root from below.
 *
 * @internal
 */
export function normalQuantile(probability: number): number {
  let z = 0;
  for (let step = 1; step > 1e-15;) {
    step = (probability - distribution(z)) / density(z);
    z += step;
  }
  return z;
}
