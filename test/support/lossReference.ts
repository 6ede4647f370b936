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

const exp = (z: readonly number[]): number[] => z.map(Math.exp);

/** softmax(z). */
export const softmaxRow = (z: readonly number[]): number[] => exp(logSoftmax(z));

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** Largest entry but that of class y. */
const bestWrong = (values: readonly number[], y: number): number =>
  Math.max(...values.filter((_, c) => c !== y));

/** -log p_y - log(1.0001 - p_k + 1e-12), k the likeliest wrong class, 1 - p_k as a sum. */
export function boostedRow(z: readonly number[], y: number): number {
  const p = softmaxRow(z);
  const k = p.findIndex((v, c) => c !== y && v === bestWrong(p, y));
  const room = 1e-4 + 1e-12 + sum(p.filter((_, c) => c !== k));
  return crossEntropyRow(z, y) - Math.log(room);
}

/** KL(p ‖ p' + 1e-12) (1.0000001 - p_y). */
export function doubtfulKlRow(
  clean: readonly number[],
  adversarial: readonly number[],
  y: number,
): number {
  const logP = logSoftmax(clean);
  const q = softmaxRow(adversarial);
  const kl = sum(logP.map((v, c) => Math.exp(v) * (v - Math.log((q[c] as number) + 1e-12))));
  return kl * (1e-7 + sum(exp(logP).filter((_, c) => c !== y)));
}

/** (1 - p_y)^γ (-log p_y). */
export const focalRow = (z: readonly number[], y: number, gamma: number): number =>
  sum(softmaxRow(z).filter((_, c) => c !== y)) ** gamma * crossEntropyRow(z, y);

// log(1 + e^s).
const softplus = (s: number): number => Math.max(s, 0) + Math.log1p(Math.exp(-Math.abs(s)));

/** Σ_c e^{-γ softplus(s)} softplus(-s), s = z for class y and -z for the others. */
export const sigmoidFocalRow = (z: readonly number[], y: number, gamma: number): number =>
  sum(
    z.map((v, c) => {
      const s = c === y ? v : -v;
      return Math.exp(-gamma * softplus(s)) * softplus(-s);
    }),
  );

/** Cross-entropy of s (z - m_y e_y) + b. */
export const marginedRow = (
  z: readonly number[],
  y: number,
  margins: readonly number[],
  scale: number,
  bias: readonly number[] = z.map(() => 0),
): number =>
  crossEntropyRow(
    z.map((v, c) => scale * (v - (c === y ? (margins[c] as number) : 0)) + (bias[c] as number)),
    y,
  );

/** (1-s) CE - s/C Σ log p. */
export const smoothedRow = (z: readonly number[], y: number, smoothing: number): number =>
  (1 - smoothing) * crossEntropyRow(z, y) - (smoothing / z.length) * sum(logSoftmax(z));

/** HARL of a batch, all weights 0.1. */
export function harlBatch(rows: readonly (readonly number[])[], labels: readonly number[]): number {
  const classes = (rows[0] ?? []).map((_, c) => {
    const losses = rows.flatMap((z, i) => (labels[i] === c ? [crossEntropyRow(z, c)] : []));
    return losses.length === 0 ? 0 : sum(losses) / (losses.length + 1e-10);
  });
  const mean = sum(classes) / classes.length;
  const variance = sum(classes.map((v) => (v - mean) ** 2)) / classes.length;
  const shares = classes.map((v) => v / (sum(classes) + 1e-10));
  return 0.1 * (mean + variance + sum(shares.map((v) => v * v)));
}

/** Losses times the weights of their classes over the mean of these weights. */
export function weightedMeanOf(
  losses: readonly number[],
  labels: readonly number[],
  weights: readonly number[],
): number[] {
  const own = labels.map((y) => weights[y] as number);
  return losses.map((loss, i) => (loss * (own[i] as number) * own.length) / sum(own));
}
