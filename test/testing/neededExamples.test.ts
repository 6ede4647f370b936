import {it} from '@fast-check/vitest';
import fc from 'fast-check';
import {describe, expect} from 'vitest';

import {binomialBounds} from '../../src/metrics/binomialTail';
import {neededExamples} from '../../src/testing/neededExamples';

const LEVELS = {confidence: 0.95, joint: 0.95};

describe('neededExamples', () => {
  it.prop([fc.integer({min: 1, max: 9}), fc.integer({min: 1, max: 9})], {numRuns: 40})(
    'decides, and a good deal fewer do not',
    (tenths, asked) => {
      fc.pre(tenths !== asked);
      const size = neededExamples(tenths / 10, 4, asked / 10, LEVELS)!;
      const decides = (n: number) => {
        const [lower, upper] = binomialBounds(Math.round((n * tenths) / 10), n, 0.95);
        return lower >= asked / 10 || upper < asked / 10;
      };
      expect(decides(size)).toBe(true);
      if (size > 20) expect(decides(Math.floor(0.7 * size))).toBe(false);
    },
  );

  it('grows with nearness, about as its inverse square', () => {
    const far = neededExamples(0.6, 10, 0.5, LEVELS)!;
    const near = neededExamples(0.51, 10, 0.5, LEVELS)!;
    expect(near / far).toBeGreaterThan(60);
    expect(near / far).toBeLessThan(140);
  });

  it('is none where the share is what is asked', () => {
    expect(neededExamples(0.5, 10, 0.5, LEVELS)).toBeNull();
    expect(neededExamples(1, 10, 1, LEVELS)).toBeNull(); // no sample shows that all are robust
  });
});
