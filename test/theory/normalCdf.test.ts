import {describe, expect, it} from 'vitest';

import {normalCdf} from '../../src/theory/normalCdf';

describe('normalCdf', () => {
  // Φ to 20 digits, from mpmath (ncdf): python -c "from mpmath import *; print(ncdf(-1))" etc.
  it.each([
    [0, 0.5],
    [-1, 0.15865525393145705142],
    [1, 0.84134474606854294858],
    [-2.4999, 0.00621141837494458604],
    [-2.5, 0.006209665325776135167],
    [-5, 2.8665157187919391167e-7],
    [-10, 7.619853024160526066e-24],
    [-37, 5.7255712225239568e-300],
    [3, 0.99865010196836990547],
  ])('Φ(%d) = %d', (x, expected) => {
    expect(Math.abs(normalCdf(x) / expected - 1)).toBeLessThan(1e-12);
  });

  it('is the integral of the density, and symmetric', () => {
    for (let x = -6; x < 6; x += 0.37) {
      const slope = (normalCdf(x + 1e-4) - normalCdf(x - 1e-4)) / 2e-4;
      expect(slope).toBeCloseTo(Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI), 8);
      expect(normalCdf(x) + normalCdf(-x)).toBeCloseTo(1, 14);
    }
    expect(normalCdf(40)).toBe(1);
  });

  it('refuses what is no number', () => {
    expect(() => normalCdf(NaN)).toThrow(/^normalCdf: "x" must be a finite number, found NaN/);
  });
});
