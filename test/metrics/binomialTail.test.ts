import {fc, it} from '@fast-check/vitest';
import {describe, expect} from 'vitest';

import {binomialBounds, binomialTail} from '../../src/metrics/binomialTail';

/** P(X ≥ k) as an exact fraction, then a float: p = a/b. */
function exactTail(k: number, n: number, a: number, b: number): number {
  let sum = 0n;
  let choose = 1n;
  for (let i = 0; i <= n; i++) {
    if (i >= k) sum += choose * BigInt(a) ** BigInt(i) * BigInt(b - a) ** BigInt(n - i);
    choose = (choose * BigInt(n - i)) / BigInt(i + 1);
  }
  const whole = BigInt(b) ** BigInt(n);
  return Number((sum * 10n ** 30n) / whole) / 1e30;
}

describe('binomialTail', () => {
  it.prop([
    fc
      .integer({min: 1, max: 60})
      .chain((n) => fc.tuple(fc.integer({min: 0, max: n}), fc.constant(n))),
    fc
      .integer({min: 2, max: 40})
      .chain((b) => fc.tuple(fc.integer({min: 1, max: b - 1}), fc.constant(b))),
  ])('is the exact sum', ([k, n], [a, b]) => {
    const expected = exactTail(k, n, a, b);
    expect(Math.abs(binomialTail(k, n, a / b) - expected)).toBeLessThan(1e-13 + 1e-10 * expected);
  });

  // scipy 1.17.1, binom.sf(k - 1, n, p).
  it.each([
    [60, 100, 0.5, 0.028443966820490444],
    [3, 5000, 1e-4, 0.014381991560423591],
    [900, 1000, 0.7, 1.7183404003299518e-52],
    [20, 1000, 0.7, 1],
    [50_000, 100_000, 0.501, 0.7374879418025337],
  ])('P(X >= %i) of %i trials at %s is %s', (k, n, p, expected) => {
    expect(binomialTail(k, n, p) / expected).toBeCloseTo(1, 9);
  });

  it('is 0 or 1 where nothing is left to chance', () => {
    expect(binomialTail(0, 5, 0.3)).toBe(1);
    expect(binomialTail(6, 5, 0.3)).toBe(0);
    expect(binomialTail(2, 5, 0)).toBe(0);
    expect(binomialTail(2, 5, 1)).toBe(1);
  });
});

describe('binomialBounds', () => {
  // Not a sample of samples: the probability of every count is known, so the coverage is, too.
  it.each([
    [12, 0.95],
    [40, 0.9],
    [100, 0.99],
  ])('cover %i examples at confidence %s, whatever the true accuracy', (n, confidence) => {
    const bounds = Array.from({length: n + 1}, (_, k) => binomialBounds(k, n, confidence));
    const massOf = (k: number, p: number) => binomialTail(k, n, p) - binomialTail(k + 1, n, p);
    let worst = 1;
    for (let step = 0; step <= 400; step++) {
      const p = step / 400;
      const holds = (isRight: (bound: readonly [number, number]) => boolean) =>
        bounds.reduce((sum, bound, k) => (isRight(bound) ? sum + massOf(k, p) : sum), 0);
      const lower = holds(([low]) => low <= p + 1e-12);
      const upper = holds(([, high]) => high >= p - 1e-12);
      worst = Math.min(worst, lower, upper);
    }
    expect(worst).toBeGreaterThanOrEqual(confidence - 1e-9);
    expect(worst).toBeLessThan(confidence + 0.01); // and no wider than they must be
  });
});
