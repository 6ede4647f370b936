// Losses of one row in float64, from the closed forms: an independent truth for src/losses.

/** log softmax(z). */
export function logSoftmax(z: readonly number[]): number[] {
  const max = Math.max(...z);
  const logSum = Math.log(z.reduce((sum, v) => sum + Math.exp(v - max), 0));
  return z.map((v) => v - max - logSum);
}

/** -log softmax(z)_y. */
export const crossEntropyRow = (z: readonly number[], y: number): number =>
  -(logSoftmax(z)[y] as number);

/** -log of n_y^τ e^{z_y} / Σ n_c^τ e^{z_c}. */
export const balancedSoftmaxRow = (
  z: readonly number[],
  y: number,
  counts: readonly number[],
  tau: number,
): number =>
  crossEntropyRow(
    minusRow(
      z,
      counts.map((n) => -tau * Math.log(n)),
    ),
    y,
  );

/** T² Σ P (log P - log Q). */
export function klRow(t: readonly number[], z: readonly number[], temperature = 1): number {
  const target = logSoftmax(t.map((v) => v / temperature));
  const other = logSoftmax(z.map((v) => v / temperature));
  const sum = target.reduce((s, log, c) => s + Math.exp(log) * (log - (other[c] as number)), 0);
  return temperature ** 2 * sum;
}

/** -max(z_y - max of the others + κ, 0). */
export function marginRow(z: readonly number[], y: number, kappa: number): number {
  const margin = (z[y] as number) - Math.max(...z.filter((_, c) => c !== y));
  return -Math.max(margin + kappa, 0);
}

const sorted = (z: readonly number[]): number[] => [...z].sort((a, b) => b - a);

/** -(z_y - max of the others) / (largest - third largest + 1e-12). */
export function dlrRow(z: readonly number[], y: number): number {
  const [largest = NaN, , third = NaN] = sorted(z);
  const margin = (z[y] as number) - Math.max(...z.filter((_, c) => c !== y));
  return -margin / (largest - third + 1e-12);
}

/** -(z_y - z_t) / (largest - (third + fourth) / 2 + 1e-12). */
export function targetedDlrRow(z: readonly number[], y: number, target: number): number {
  const [largest = NaN, , third = NaN, fourth = NaN] = sorted(z);
  return -((z[y] as number) - (z[target] as number)) / (largest - (third + fourth) / 2 + 1e-12);
}

/** a - b. */
export const minusRow = (a: readonly number[], b: readonly number[]): number[] =>
  a.map((v, c) => v - (b[c] as number));

/** Central differences of a function of several rows of numbers, to each of their entries. */
export function differences(
  f: (...rows: number[][]) => number,
  rows: readonly (readonly number[])[],
  step = 1e-5,
): number[][] {
  return rows.map((row, i) =>
    row.map((_, j) => {
      const at = (offset: number) =>
        f(...rows.map((r, k) => r.map((v, c) => (k === i && c === j ? v + offset : v))));
      return (at(step) - at(-step)) / (2 * step);
    }),
  );
}
