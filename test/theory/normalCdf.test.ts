import {describe, expect, it} from 'vitest';

import {normalCdf} from '../../src/theory/normalCdf';

describe('normalCdf', () => {
  // From mpmath's ncdf at 25 digits.
  it.each([
    [0, 0.5],
    [-1, 0.15865525393145705],
    [1, 0.8413447460685429],
    [-2.4999, 0.0062114183749445865],
    [-2.5, 0.006209665325776135],
    [-5, 2.866515718791939e-7],
    [-10, 7.619853024160525e-24],
    [-37, 5.725571222524577e-300],
    [3, 0.9986501019683699],
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
    // Both ways of computing it meet where one takes over from the other.
    for (const x of [-2.5, 2.5]) {
      const [below, above] = [normalCdf(x - 1e-15), normalCdf(x + 1e-15)];
      expect(Math.abs(above / below - 1)).toBeLessThan(1e-13);
    }
  });

  it('refuses what is no number', () => {
    for (const none of [Infinity, -Infinity, '1']) {
      expect(() => normalCdf(none as number)).toThrow(/^normalCdf: "x" must be a finite number/);
    }
    expect(() => normalCdf(NaN)).toThrow(/^normalCdf: "x" must be a finite number, found NaN/);
  });
});
