import {describe, expect, it} from 'vitest';

import {overClassesFactor} from '../../src/losses/classReduction';

describe('overClassesFactor', () => {
  it('makes a mean over the classes of a sum', () => {
    expect(overClassesFactor('sum', 8)).toBe(1);
    expect(overClassesFactor('mean', 8)).toBe(0.125);
  });
});
