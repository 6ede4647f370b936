import {describe, expect, it} from 'vitest';

import {checkCounts} from '../../src/samplers/checkCounts';

describe('checkCounts', () => {
  it('wants a class, and an example of each', () => {
    checkCounts('f', [1, 2.5]);
    expect(() => checkCounts('f', [])).toThrow(/^f: "classCounts" must have at least one class/);
    expect(() => checkCounts('f', [3, 0])).toThrow(/^f: "classCounts\[1\]".*found 0/);
    expect(() => checkCounts('f', [NaN])).toThrow(/found NaN/);
  });
});
