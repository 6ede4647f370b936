import {describe, expect, it} from 'vitest';

import {fingerprintOf} from '../../src/core/fingerprint';

describe('fingerprintOf', () => {
  it('depends on every part, its type and its place', () => {
    const prints = [
      ['a', Float32Array.of(1, 2)],
      ['a', Float32Array.of(2, 1)],
      ['b', Float32Array.of(1, 2)],
      ['a', Int32Array.of(1, 2)],
      [Float32Array.of(1, 2), 'a'],
      ['a', Float32Array.of(1), Float32Array.of(2)],
    ].map(fingerprintOf);
    expect(new Set(prints).size).toBe(prints.length);
    for (const print of prints) expect(print).toMatch(/^[0-9a-f]{16}$/);
  });

  it('is the same for the same values', () => {
    const view = new Float32Array([0, 1, 2]).subarray(1);
    expect(fingerprintOf(['a', view])).toBe(fingerprintOf(['a', Float32Array.of(1, 2)]));
  });
});
