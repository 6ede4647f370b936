import type {Rng} from '../../core/rng';

/**
 * A random number in `[0, 1]` from the Beta distribution with both parameters `alpha`.
 *
 * @see Jöhnk 1964 for alpha ≤ 1; Marsaglia & Tsang 2000, by two Gamma numbers, above.
 */
export function betaNumber(alpha: number, rng: Rng): number {
  if (alpha > 1) {
    const first = gammaNumber(alpha, rng);
    return first / (first + gammaNumber(alpha, rng));
  }
  for (;;) {
    // Computed by logarithms: for a small alpha the powers themselves underflow.
    const first = Math.log(1 - rng.uniform()) / alpha;
    const second = Math.log(1 - rng.uniform()) / alpha;
    const larger = Math.max(first, second);
    const sum = larger + Math.log(Math.exp(first - larger) + Math.exp(second - larger));
    if (sum <= 0) return Math.exp(first - sum);
  }
}

// Shape above 1, scale 1.
function gammaNumber(shape: number, rng: Rng): number {
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const normal = rng.normal();
    const v = (1 + c * normal) ** 3;
    if (v <= 0) continue;
    const bound = normal ** 2 / 2 + d * (1 - v + Math.log(v));
    if (Math.log(1 - rng.uniform()) < bound) return d * v;
  }
}
