import {fc, it} from '@fast-check/vitest';
import {describe, expect} from 'vitest';

import {mcnemarTest} from '../../src/metrics/mcnemarTest';
import {binomialTail} from '../../src/metrics/binomialTail';

/** Answers of two models with these four counts. */
function answers(both: number, onlyFirst: number, onlySecond: number, neither: number) {
  const of = (count: number, value: boolean) => new Array<boolean>(count).fill(value);
  return [
    [...of(both, true), ...of(onlyFirst, true), ...of(onlySecond, false), ...of(neither, false)],
    [...of(both, true), ...of(onlyFirst, false), ...of(onlySecond, true), ...of(neither, false)],
  ] as const;
}

describe('mcnemarTest', () => {
  // statsmodels, mcnemar([[both, onlyFirst], [onlySecond, neither]], exact=True).pvalue.
  it.each([
    [[101, 121, 59, 33], 4.4344492637551645e-6],
    [[10, 9, 3, 8], 0.14599609375],
  ] as const)('of the counts %j has p = %s', ([both, onlyFirst, onlySecond, neither], p) => {
    const result = mcnemarTest(...answers(both, onlyFirst, onlySecond, neither));
    expect(result).toMatchObject({both, onlyFirst, onlySecond});
    expect(result.pValue / p).toBeCloseTo(1, 9);
    expect(result.difference).toBeCloseTo((onlySecond - onlyFirst) / result.total, 12);
  });

  const counts = fc.tuple(...[9, 9, 9, 9].map((max) => fc.nat({max})));

  it.prop([counts.filter((list) => list.some((count) => count > 0))])(
    'turns round with its arguments',
    ([both = 0, first = 0, second = 0, neither = 0]) => {
      const there = mcnemarTest(...answers(both, first, second, neither));
      const back = mcnemarTest(...answers(both, second, first, neither));
      expect(back.pValue).toBe(there.pValue);
      expect(back.difference).toBeCloseTo(-there.difference, 12);
      expect(back.interval[0]).toBeCloseTo(-there.interval[1], 12);
      expect(there.interval[0]).toBeLessThanOrEqual(there.difference);
      expect(there.interval[1]).toBeGreaterThanOrEqual(there.difference);
    },
  );

  it('says "different" of equal models at most as often as its level', () => {
    // Given the disagreements, the split is a fair coin's: its distribution is known.
    for (const disagreements of [6, 11, 30]) {
      let rejected = 0;
      for (let first = 0; first <= disagreements; first++) {
        const {pValue} = mcnemarTest(...answers(5, first, disagreements - first, 5));
        const mass =
          binomialTail(first, disagreements, 0.5) - binomialTail(first + 1, disagreements, 0.5);
        if (pValue <= 0.05) rejected += mass;
      }
      expect(rejected).toBeLessThanOrEqual(0.05);
      expect(rejected).toBeGreaterThan(0.01);
    }
  });

  it('has p = 1 where nothing differs', () => {
    expect(mcnemarTest([true, false], [true, false])).toMatchObject({pValue: 1, difference: 0});
  });

  it('refuses lists that are no pairs', () => {
    expect(() => mcnemarTest([true], [])).toThrow('"second" must have one answer');
    expect(() => mcnemarTest([], [])).toThrow('"second" must have one answer');
  });
});
