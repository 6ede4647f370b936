import {checkFlag} from '../core/checks/checkForm';
import {checkList} from '../core/checks/checkNumbers';
import {checkNumber} from '../core/checks/checkNumber';
import {InvalidArgumentError} from '../core/errors';
import {type Defaults, withDefaults} from '../core/options';
import {binomialTail} from './binomialTail';
import {normalQuantile} from './wilsonInterval';

/** Options of {@link mcnemarTest}. */
export interface McnemarOptions {
  /** Confidence level of the interval, strictly between 0 and 1. @defaultValue 0.95 */
  readonly confidence?: number | undefined;
}

/** Two models on the same examples. Plain data. */
export interface PairedComparison {
  /** Examples in all. */
  readonly total: number;
  /** Examples that both models get right. */
  readonly both: number;
  /** Examples that only the first model gets right. */
  readonly onlyFirst: number;
  /** Examples that only the second model gets right. */
  readonly onlySecond: number;
  /** Accuracy of the second model minus that of the first, a fraction. */
  readonly difference: number;
  /** Confidence interval of that difference. */
  readonly interval: readonly [lower: number, upper: number];
  /** How likely a split at least as uneven is, if both models were equally good; exact. */
  readonly pValue: number;
}

const DEFAULTS: Defaults<McnemarOptions> = {confidence: 0.95};

/**
 * McNemar's exact test of two models on the same examples. Only the examples on which they disagree
 * tell them apart, so it sees differences that two separate intervals hide.
 *
 * @param first - Whether the first model is right on each example.
 * @param second - Whether the second model is right on each example, in the same order.
 * @param options - See {@link McnemarOptions}.
 * @returns Counts, the difference with its interval, and the two-sided p-value.
 * @throws {@link InvalidArgumentError} if there is no example, or the lengths differ.
 * @see McNemar 1947; the p-value is the exact binomial one. Agresti & Min 2005, Simple improved
 *   confidence intervals for comparing matched proportions (the interval).
 * @example
 * ```ts
 * import {mcnemarTest} from 'lt-robust';
 *
 * const first = [true, true, false, false, false, false, false, false];
 * const second = [true, false, true, true, true, true, true, true];
 * const {difference, pValue} = mcnemarTest(first, second);
 * difference; // => 0.625
 * pValue; // => 0.125
 * ```
 */
export function mcnemarTest(
  first: ArrayLike<boolean>,
  second: ArrayLike<boolean>,
  options: McnemarOptions = {},
): PairedComparison {
  const where = 'mcnemarTest';
  const {confidence} = withDefaults(where, DEFAULTS, options);
  checkNumber(where, 'confidence', confidence, {above: 0, max: 1 - 1e-12});
  checkAnswers(where, 'first', first);
  checkAnswers(where, 'second', second);
  const total = first.length;
  if (total === 0 || second.length !== total) {
    throw new InvalidArgumentError({
      where,
      argument: 'second',
      expected: 'have one answer for each of the answers of the first model, at least one',
      found: `${second.length} for ${total}`,
      remedy: 'Evaluate both models on the same examples.',
    });
  }
  let [both, onlyFirst, onlySecond] = [0, 0, 0];
  for (let i = 0; i < total; i++) {
    if (first[i] === true && second[i] === true) both++;
    else if (first[i] === true) onlyFirst++;
    else if (second[i] === true) onlySecond++;
  }
  const disagreements = onlyFirst + onlySecond;
  const tail = binomialTail(Math.max(onlyFirst, onlySecond), disagreements, 0.5);
  // Half an example more in each of the four cells keeps the coverage for small samples.
  const size = total + 2;
  const center = (onlySecond - onlyFirst) / size;
  const variance = (disagreements + 1) / size - center ** 2;
  const half = normalQuantile((1 + confidence) / 2) * Math.sqrt(variance / size);
  return {
    ...{total, both, onlyFirst, onlySecond},
    difference: (onlySecond - onlyFirst) / total,
    interval: [Math.max(-1, center - half), Math.min(1, center + half)],
    pValue: disagreements === 0 ? 1 : Math.min(1, 2 * tail),
  };
}

function checkAnswers(where: string, argument: string, answers: unknown): void {
  checkList(where, argument, answers, 'be an array of booleans');
  for (let i = 0; i < answers.length; i++) checkFlag(where, `${argument}[${i}]`, answers[i]);
}
