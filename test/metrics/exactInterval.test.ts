import {fc, it} from '@fast-check/vitest';
import {describe, expect} from 'vitest';

import {exactInterval} from '../../src/metrics/exactInterval';
import {wilsonInterval} from '../../src/metrics/wilsonInterval';

describe('exactInterval', () => {
  // scipy 1.17.1, binomtest(k, n).proportion_ci(0.95, method='exact').
  it.each([
    [81, 263, 0.25273674558504267, 0.36762192260134746],
    [15, 148, 0.05784401008344801, 0.16165049034947895],
    [0, 20, 0, 0.16843347098308548],
    [1, 29, 0.0008726468835971072, 0.17764429548841465],
    [29, 29, 0.8805551309302788, 1],
    [4700, 10_000, 0.4601777721442553, 0.47983970866421854],
  ])('of %i of %i is %s to %s', (correct, total, lower, upper) => {
    const interval = exactInterval(correct, total);
    expect(interval[0]).toBeCloseTo(lower, 11);
    expect(interval[1]).toBeCloseTo(upper, 11);
  });

  const counts = fc
    .integer({min: 1, max: 300})
    .chain((total) => fc.tuple(fc.integer({min: 0, max: total}), fc.constant(total)));

  it.prop([counts])('has the share in it and grows with the confidence', ([correct, total]) => {
    const [low, high] = exactInterval(correct, total);
    const [lower, higher] = exactInterval(correct, total, {confidence: 0.99});
    expect(low).toBeLessThanOrEqual(correct / total);
    expect(high).toBeGreaterThanOrEqual(correct / total);
    expect(lower).toBeLessThanOrEqual(low);
    expect(higher).toBeGreaterThanOrEqual(high);
  });

  it.prop([counts])('mirrors', ([correct, total]) => {
    const [low, high] = exactInterval(correct, total);
    const mirrored = exactInterval(total - correct, total);
    expect(mirrored[0]).toBeCloseTo(1 - high, 10);
    expect(mirrored[1]).toBeCloseTo(1 - low, 10);
  });

  it("is near Wilson's for many examples", () => {
    const exact = exactInterval(4700, 10_000);
    wilsonInterval(4700, 10_000).forEach((end, i) => expect(exact[i]).toBeCloseTo(end, 3));
  });

  it.each([
    [1, 0, {}, 'total'],
    [3, 2, {}, 'correct'],
    [1, 2, {confidence: 1}, 'confidence'],
  ])('refuses %i of %i, %j', (correct, total, options, argument) => {
    expect(() => exactInterval(correct, total, options)).toThrow(`"${argument}" must`);
  });
});
