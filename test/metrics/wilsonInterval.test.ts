import {fc, it} from '@fast-check/vitest';
import {describe, expect} from 'vitest';

import {wilsonInterval} from '../../src/metrics/wilsonInterval';

describe('wilsonInterval', () => {
  // Newcombe 1998, Statistics in Medicine 17:857, Table I, method 3 (score, no correction).
  it.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])('has the published value for %i of %i', (correct, total, lower, upper) => {
    const interval = wilsonInterval(correct, total);
    expect(interval[0]).toBeCloseTo(lower, 4);
    expect(interval[1]).toBeCloseTo(upper, 4);
  });

  it.each([
    [0.5, 0.6744897501960817],
    [0.9, 1.6448536269514722],
    [0.95, 1.959963984540054],
    [0.99, 2.5758293035489004],
    [0.999999, 4.891638475699],
    [1e-6, 1.2533141373157e-6],
  ])('at confidence %s uses the normal quantile %s', (confidence, z) => {
    // With nothing right of n, the upper end is z² / (n + z²).
    const [lower, upper] = wilsonInterval(0, 10, {confidence});
    expect(lower).toBe(0);
    expect(upper / (z ** 2 / (10 + z ** 2))).toBeCloseTo(1, 9);
  });

  it('is exact at both ends', () => {
    expect(wilsonInterval(0, 7)[0]).toBe(0);
    expect(wilsonInterval(7, 7)[1]).toBe(1);
    expect(wilsonInterval(7, 7)[0]).toBeCloseTo(1 - wilsonInterval(0, 7)[1], 12);
  });

  const counts = fc
    .integer({min: 1, max: 5000})
    .chain((total) => fc.tuple(fc.integer({min: 0, max: total}), fc.constant(total)));

  it.prop([counts], {numRuns: 50})(
    'holds the proportion, lies in [0, 1], mirrors, and narrows with confidence',
    ([correct, total]) => {
      const [lower, upper] = wilsonInterval(correct, total);
      expect(lower).toBeGreaterThanOrEqual(0);
      expect(upper).toBeLessThanOrEqual(1);
      expect(lower).toBeLessThanOrEqual(correct / total);
      expect(upper).toBeGreaterThanOrEqual(correct / total);
      const mirrored = wilsonInterval(total - correct, total);
      expect(mirrored[0]).toBeCloseTo(1 - upper, 12);
      const [lowerAt80, upperAt80] = wilsonInterval(correct, total, {confidence: 0.8});
      expect(upperAt80 - lowerAt80).toBeLessThan(upper - lower);
    },
  );

  it('refuses impossible counts and confidences', () => {
    expect(() => wilsonInterval(0, 0)).toThrow(/"total" must be an integer >= 1, found 0/);
    expect(() => wilsonInterval(3, 2)).toThrow(
      /"correct" must be an integer >= 0 and <= 2, found 3/,
    );
    expect(() => wilsonInterval(-1, 2)).toThrow(/"correct"/);
    expect(() => wilsonInterval(0.5, 2)).toThrow(/"correct"/);
    for (const confidence of [0, 1, 95]) {
      expect(() => wilsonInterval(1, 2, {confidence})).toThrow(
        /wilsonInterval: "confidence" must be a finite number > 0/,
      );
    }
    expect(() => wilsonInterval(1, 2, {level: 0.9} as never)).toThrow(/"level" must be one of/);
  });
});
