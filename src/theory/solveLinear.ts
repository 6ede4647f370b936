import {at, numberAt} from '../core/at';

/**
 * Solves A x = b for a small matrix, by elimination with the largest pivot of each column.
 *
 * @param matrix - A, square, row after row.
 * @param right - b.
 * @returns x, or `undefined` if A is singular up to rounding.
 * @internal
 */
export function solveLinear(
  matrix: readonly (readonly number[])[],
  right: readonly number[],
): number[] | undefined {
  const size = right.length;
  const rows = matrix.map((row, i) => [...row, at(right, i)]);
  const entry = (i: number, k: number) => numberAt(at(rows, i), k);
  const largest = Math.max(...rows.flatMap((row) => row.slice(0, size).map(Math.abs)));
  for (let k = 0; k < size; k++) {
    let pivot = k;
    for (let i = k + 1; i < size; i++)
      if (Math.abs(entry(i, k)) > Math.abs(entry(pivot, k))) pivot = i;
    if (!(Math.abs(entry(pivot, k)) > 1e-14 * largest)) return undefined;
    [rows[k], rows[pivot]] = [at(rows, pivot), at(rows, k)];
    for (let i = k + 1; i < size; i++) {
      const factor = entry(i, k) / entry(k, k);
      const row = at(rows, i);
      for (let l = k; l <= size; l++) row[l] = entry(i, l) - factor * entry(k, l);
    }
  }
  const solution = new Array<number>(size).fill(0);
  for (let k = size - 1; k >= 0; k--) {
    let rest = entry(k, size);
    for (let l = k + 1; l < size; l++) rest -= entry(k, l) * numberAt(solution, l);
    solution[k] = rest / entry(k, k);
  }
  return solution;
}
