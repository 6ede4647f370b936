import {describe, expect, it} from 'vitest';

import {createRng} from '../../../src/core/rng';
import {betaNumber} from '../../../src/data/augment/betaNumber';

describe('betaNumber', () => {
  // Mean 1/2, variance 1 / (4 (2 alpha + 1)), fourth moment about the mean
  // 3 / (16 (2 alpha + 1) (2 alpha + 3)).
  it.each([0.05, 0.2, 0.5, 1, 1.5, 8])('has the moments of Beta(%d, %d)', (alpha) => {
    const rng = createRng(3);
    const values = Array.from({length: 20_000}, () => betaNumber(alpha, rng) - 0.5);
    const moment = (power: number) =>
      values.reduce((sum, value) => sum + value ** power, 0) / values.length;
    expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(0.5);
    const variance = 1 / (4 * (2 * alpha + 1));
    expect(Math.abs(moment(1))).toBeLessThan(5 * Math.sqrt(variance / values.length));
    expect(moment(2) / variance).toBeCloseTo(1, 1);
    const fourth = 3 / (16 * (2 * alpha + 1) * (2 * alpha + 3));
    expect(Math.abs(moment(4) / fourth - 1)).toBeLessThan(0.06);
  });

  it('stays in [0, 1] where the powers underflow', () => {
    const rng = createRng(1);
    for (let i = 0; i < 1000; i++) {
      const value = betaNumber(1e-4, rng);
      expect(value >= 0 && value <= 1).toBe(true);
    }
  });
});
