import {describe, expect, it} from 'vitest';

import {meanAndDeviation} from '../../src/metrics/meanAndDeviation';

describe('meanAndDeviation', () => {
  it("has the values of the paper's Table 10 (training.md section 5)", () => {
    const {mean, deviation} = meanAndDeviation([46.13, 46.57, 46.47, 46.59, 46.01]);
    expect(mean).toBeCloseTo(46.354, 10);
    expect(deviation).toBeCloseTo(0.267, 3);
  });

  it('has n - 1 in the denominator', () => {
    expect(meanAndDeviation([1, 3])).toEqual({mean: 2, deviation: Math.SQRT2});
    expect(meanAndDeviation(Float32Array.of(2, 2, 2))).toEqual({mean: 2, deviation: 0});
  });

  it('keeps small deviations of large means', () => {
    expect(meanAndDeviation([1e9, 1e9 + 1, 1e9 + 2]).deviation).toBe(1);
  });

  it('knows no deviation of a single run', () => {
    expect(meanAndDeviation([0.5])).toEqual({mean: 0.5, deviation: null});
  });

  it('refuses no values and values that are not finite', () => {
    expect(() => meanAndDeviation([])).toThrow(
      /meanAndDeviation: "values" must have at least one value, found none/,
    );
    expect(() => meanAndDeviation([1, NaN])).toThrow(
      /"values\[1\]" must be a finite number, found NaN\. Leave failed runs out\./,
    );
  });
});
