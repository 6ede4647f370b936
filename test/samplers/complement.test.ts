import {fc} from '@fast-check/vitest';
import {describe, expect, it} from 'vitest';

import {complement} from '../../src/samplers/complement';

describe('complement', () => {
  it('lists what is left out', () => {
    expect(complement(5, [3, 0, 3])).toEqual(Int32Array.of(1, 2, 4));
    expect(complement(2, [])).toEqual(Int32Array.of(0, 1));
    expect(complement(2, Int32Array.of(0, 1))).toEqual(Int32Array.of());
    expect(complement(0, [])).toEqual(Int32Array.of());
  });

  it('is its own inverse', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(19)), (indices) => {
        const twice = complement(20, complement(20, indices));
        expect([...twice]).toEqual(indices.sort((a, b) => a - b));
      }),
      {numRuns: 30},
    );
  });

  it('refuses indices out of range', () => {
    expect(() => complement(3, [0, 3])).toThrow(
      /^complement: "indices\[1\]" must be an integer >= 0 and <= 2, found 3/,
    );
    expect(() => complement(3, [-1])).toThrow(/"indices\[0\]"/);
    expect(() => complement(3, [0.5])).toThrow(/"indices\[0\]"/);
    expect(() => complement(-1, [])).toThrow(/"size" must be an integer >= 0, found -1/);
    expect(() => complement(1.5, [])).toThrow(/"size"/);
  });
});
