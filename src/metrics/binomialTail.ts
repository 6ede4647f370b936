// Stirling's series for ln Γ(x), after shifting x to where six terms are exact in float64.
function logGamma(x: number): number {
  let shift = 0;
  let z = x;
  for (; z < 15; z++) shift += Math.log(z);
  const inverse = 1 / (z * z);
  const series =
    (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse * (1 / 1680 - inverse / 1188)))) /
    z;
  return (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + series - shift;
}

const logChoose = (n: number, k: number): number =>
  logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);

// From term k on each term is computed from the one before, until the rest cannot change the sum.
function sumFrom(k: number, n: number, odds: number, logP: number, logQ: number): number {
  let term = Math.exp(logChoose(n, k) + k * logP + (n - k) * logQ);
  let sum = term;
  for (let i = k; i < n; i++) {
    term *= ((n - i) / (i + 1)) * odds;
    if (sum + term === sum) break;
    sum += term;
  }
  return sum;
}

/**
 * P(X ≥ k) for X ~ Binomial(n, p): how likely at least `k` of `n` are right, if each is with
 * probability `p`. Summed term by term from the rarer side, so that small tails keep their digits.
 *
 * @param k - Successes, an integer from 0 to `n`.
 * @param n - Trials.
 * @param p - Probability of one success, in [0, 1].
 */
export function binomialTail(k: number, n: number, p: number): number {
  if (k <= 0) return 1;
  if (k > n || p === 0) return 0;
  if (p === 1) return 1;
  const [logP, logQ] = [Math.log(p), Math.log1p(-p)];
  const odds = p / (1 - p);
  if (k > n * p) return Math.min(1, sumFrom(k, n, odds, logP, logQ));
  // P(X < k) counts failures: at least n - k + 1 of them.
  return Math.max(0, 1 - sumFrom(n - k + 1, n, 1 / odds, logQ, logP));
}

/** The p at which a function that rises from 0 to 1 takes the value `level`. */
function rootOf(rising: (p: number) => number, level: number): number {
  let [low, high] = [0, 1];
  for (let step = 0; step < 100; step++) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (rising(middle) < level) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/**
 * One-sided exact bounds of a proportion (Clopper & Pearson 1934). Whatever the true proportion is,
 * each bound lies on its right side in at least `confidence` of all samples.
 *
 * @param correct - Successes.
 * @param total - Trials, at least 1.
 * @param confidence - Of each bound by itself.
 */
export function binomialBounds(
  correct: number,
  total: number,
  confidence: number,
): readonly [lower: number, upper: number] {
  const alpha = 1 - confidence;
  const lower = correct === 0 ? 0 : rootOf((p) => binomialTail(correct, total, p), alpha);
  const failures = total - correct;
  const upper = failures === 0 ? 1 : 1 - rootOf((q) => binomialTail(failures, total, q), alpha);
  return [lower, upper];
}
