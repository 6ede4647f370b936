import {checkList} from '../core/checks/checkNumbers';
import {checkNumber} from '../core/checks/checkNumber';
import {InvalidArgumentError} from '../core/errors';

/** Mean and deviation of a figure over several runs. */
export interface MeanAndDeviation {
  /** Arithmetic mean. */
  readonly mean: number;
  /** Sample standard deviation (n-1 in the denominator); `null` for a single run. */
  readonly deviation: number | null;
}

/**
 * Mean and sample standard deviation of a figure over runs, as in the paper's Table 10.
 *
 * @param values - One finite figure per run, in any unit.
 * @returns Both in the unit of `values`; see {@link MeanAndDeviation}.
 * @throws {@link InvalidArgumentError} if there is no value, or one is not finite.
 * @example
 * ```ts
 * import {meanAndDeviation} from 'lt-robust';
 *
 * meanAndDeviation([46.13, 46.57, 46.47, 46.59, 46.01]); // => {mean: 46.354, deviation: 0.2666}
 * ```
 */
export function meanAndDeviation(values: ArrayLike<number>): MeanAndDeviation {
  checkList('meanAndDeviation', 'values', values);
  const list = Array.from(values);
  if (list.length === 0) {
    throw new InvalidArgumentError({
      where: 'meanAndDeviation',
      argument: 'values',
      expected: 'have at least one value',
      found: 'none',
      remedy: 'Pass one figure per run.',
    });
  }
  list.forEach((value, i) => {
    checkNumber('meanAndDeviation', `values[${i}]`, value, {}, 'Leave failed runs out.');
  });
  const mean = list.reduce((sum, value) => sum + value, 0) / list.length;
  if (list.length === 1) return {mean, deviation: null};
  const squares = list.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {mean, deviation: Math.sqrt(squares / (list.length - 1))};
}
