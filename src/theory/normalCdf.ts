import {checkNumber} from '../core/checks/checkNumber';

// Beyond it the continued fraction converges within TERMS; below, the series does.
const FAR = 2.5;
const TERMS = 60;

/**
 * The distribution function of the standard normal, Φ(x): exact to 1e-15, and in the lower tail to
 * a relative 1e-13.
 *
 * @param x - Any finite number.
 * @returns Probability that a standard normal number is at most `x`.
 * @throws {@link InvalidArgumentError} if `x` is not finite.
 * @see Abramowitz & Stegun 1964, Handbook of Mathematical Functions, 26.2.11 and 26.2.14.
 * @example
 * ```ts
 * import {normalCdf} from 'lt-robust/theory';
 *
 * normalCdf(0); // => 0.5
 * normalCdf(-1.959963984540054); // => 0.025
 * ```
 */
export function normalCdf(x: number): number {
  checkNumber('normalCdf', 'x', x);
  const size = Math.abs(x);
  const tail = size < FAR ? 0.5 - centralArea(size) : upperTail(size);
  return x < 0 ? tail : 1 - tail;
}

const density = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);

// Φ(x) - 1/2 = φ(x) (x + x³/3 + x⁵/(3·5) + ...): all terms positive, so that nothing cancels.
function centralArea(x: number): number {
  let term = x;
  let sum = x;
  for (let k = 1; term > sum * Number.EPSILON; k++) {
    term *= (x * x) / (2 * k + 1);
    sum += term;
  }
  return density(x) * sum;
}

// 1 - Φ(x) = φ(x) / (x + 1/(x + 2/(x + 3/(x + ...)))).
function upperTail(x: number): number {
  let fraction = x;
  for (let k = TERMS; k >= 1; k--) fraction = x + k / fraction;
  return density(x) / fraction;
}
