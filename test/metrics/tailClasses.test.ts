import {describe, expect, it} from 'vitest';

import {tailClasses} from '../../src/metrics/tailClasses';

describe('tailClasses', () => {
  it('gives the last class of CIFAR-10-LT, and the last ten of 100 falling counts', () => {
    expect(tailClasses([5000, 2997, 1796, 1077, 645, 387, 232, 139, 83, 50], 1)).toEqual([9]);
    const falling = Array.from({length: 100}, (_, c) => Math.trunc(500 * 0.1 ** (c / 99)));
    expect(tailClasses(falling, 10)).toEqual([90, 91, 92, 93, 94, 95, 96, 97, 98, 99]);
  });

  it('breaks ties towards the higher index, and sorts by index', () => {
    expect(tailClasses([5, 5, 5], 2)).toEqual([1, 2]);
    expect(tailClasses([1, 9, 1, 9], 1)).toEqual([2]);
    expect(tailClasses([1, 9, 3, 2], 2)).toEqual([0, 3]);
    expect(tailClasses(Int32Array.of(3, 2, 1), 3)).toEqual([0, 1, 2]);
  });

  it('does not sort the counts it was given', () => {
    const counts = [3, 1, 2];
    tailClasses(counts, 2);
    expect(counts).toEqual([3, 1, 2]);
  });

  it.each([0, 4, 1.5])('refuses k = %s of three', (k) => {
    expect(() => tailClasses([3, 2, 1], k)).toThrow(
      /tailClasses: "k" must be an integer >= 1 and <= 3, found/,
    );
  });
});
