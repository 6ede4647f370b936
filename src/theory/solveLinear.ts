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
  const rows = matrix.map((row, i) => [...row, right[i] as number]);
  const at = (i: number, k: number) => rows[i]?.[k] ?? NaN;
  const largest = Math.max(...rows.flatMap((row) => row.slice(0, size).map(Math.abs)));
  for (let k = 0; k < size; k++) {
    let pivot = k;
    for (let i = k + 1; i < size; i++) if (Math.abs(at(i, k)) > Math.abs(at(pivot, k))) pivot = i;
    if (!(Math.abs(at(pivot, k)) > 1e-14 * largest)) return undefined;
    [rows[k], rows[pivot]] = [rows[pivot] as number[], rows[k] as number[]];
    for (let i = k + 1; i < size; i++) {
      const factor = at(i, k) / at(k, k);
      const row = rows[i] as number[];
      for (let l = k; l <= size; l++) row[l] = at(i, l) - factor * at(k, l);
    }
  }
  const solution = new Array<number>(size).fill(0);
  for (let k = size - 1; k >= 0; k--) {
    let rest = at(k, size);
    for (let l = k + 1; l < size; l++) rest -= at(k, l) * (solution[l] as number);
    solution[k] = rest / at(k, k);
  }
  return solution;
}
