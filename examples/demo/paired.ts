import jstat from 'jstat';
import {meanAndDeviation} from 'lt-robust';

import {COLUMNS, type Column} from './measure';
import {METHODS, type MethodName} from './methodNames';
import type {RunResult} from './runMethod';

/** A difference over seeds: both methods had the same data, weights' seed and test images. */
export interface PairedDifference {
  readonly mean: number;
  /**
   * 95 % interval of the mean by Student's t; null for fewer than three seeds, as two that happen to
   * agree would claim certainty.
   */
  readonly interval: readonly [low: number, high: number] | null;
  /** Seed by seed. */
  readonly perSeed: readonly number[];
}

/** Mean and 95 % t interval of differences. */
export function pairedDifference(perSeed: readonly number[]): PairedDifference {
  const {mean, deviation} = meanAndDeviation(perSeed);
  const n = perSeed.length;
  if (deviation === null || n < 3) return {mean, interval: null, perSeed};
  const half = (jstat.studentt.inv(0.975, n - 1) * deviation) / Math.sqrt(n);
  return {mean, interval: [mean - half, mean + half], perSeed};
}

/** What one method is ahead of another, in fractions, at the last checkpoint. */
export interface MethodDifference {
  readonly method: MethodName;
  readonly against: MethodName;
  readonly seeds: readonly number[];
  readonly columns: Readonly<Partial<Record<Column, PairedDifference>>>;
}

/** The differences of every two methods over the seeds that both have. */
export function methodDifferences(results: readonly RunResult[]): MethodDifference[] {
  const ran = METHODS.filter((name) => results.some(({method}) => method === name));
  return ran.flatMap((method, i) =>
    ran.slice(0, i).map((against) => differenceOf(results, method, against)),
  );
}

function differenceOf(
  results: readonly RunResult[],
  method: MethodName,
  against: MethodName,
): MethodDifference {
  const pairs = results
    .filter((run) => run.method === method)
    .flatMap((run) => {
      const other = results.find((r) => r.method === against && r.seed === run.seed);
      return other === undefined ? [] : [{seed: run.seed, a: run.last, b: other.last}];
    });
  const columns: Partial<Record<Column, PairedDifference>> = {};
  for (const column of COLUMNS) {
    const values = pairs.flatMap(({a, b}) => {
      const [x, y] = [a[column], b[column]];
      return x === null || y === null ? [] : [x - y];
    });
    if (values.length > 0) columns[column] = pairedDifference(values);
  }
  return {method, against, seeds: pairs.map(({seed}) => seed), columns};
}
