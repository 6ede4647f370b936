import {describe, expect, it} from 'vitest';

import {at} from '../../src/core/at';

describe('at', () => {
  it('gives the entry of any list', () => {
    expect(at([3, 1], 1)).toBe(1);
    expect(at(Int32Array.of(7, 8), 0)).toBe(7);
    expect(at('abc', 2)).toBe('c');
    expect(at([null], 0)).toBeNull();
  });

  it('throws where there is none', () => {
    expect(() => at([1], 1)).toThrow('no entry 1 in a list of 1');
    expect(() => at(new Float32Array(2), -1)).toThrow(RangeError);
    expect(() => at([1], 0.5)).toThrow(RangeError);
  });
});
