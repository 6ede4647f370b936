import {fc} from '@fast-check/vitest';
import {describe, expect, it} from 'vitest';

import {classProbabilities} from '../../src/samplers/classProbabilities';
import {longTailedCounts} from '../../src/samplers/longTailedCounts';
import {expectClose} from '../support/tensors';

const counts = longTailedCounts({maxCount: 5000, numClasses: 10, imbalanceRatio: 50});

describe('classProbabilities', () => {
  it('CIFAR-10-LT, IR 50: square root and plain', () => {
    const squareRoot = [
      0.220482, 0.177403, 0.142753, 0.114863, 0.092392, 0.074313, 0.059815, 0.048104, 0.038695,
      0.031181,
    ];
    const plain = [
      0.357245, 0.23128, 0.149757, 0.096956, 0.062732, 0.040583, 0.026293, 0.017005, 0.011003,
      0.007145,
    ];
    expectClose(classProbabilities(counts, 0.5), squareRoot, 5.1e-7);
    expectClose(classProbabilities(counts, 1), plain, 5.1e-7);
    expect(classProbabilities(counts, 0)).toEqual(Array(10).fill(0.1));
  });

  it('the square root lies between plain and uniform at both ends', () => {
    const list = fc.array(fc.integer({min: 1, max: 5000}), {minLength: 2, maxLength: 12});
    fc.assert(
      fc.property(list, (drawn) => {
        const sorted = drawn.sort((a, b) => b - a);
        const [plain, root, uniform] = [1, 0.5, 0].map((q) => classProbabilities(sorted, q)) as [
          number[],
          number[],
          number[],
        ];
        const first = ([p]: number[]) => p as number;
        const last = (p: number[]) => p.at(-1) as number;
        const slack = 1e-12;
        expect(first(plain)).toBeGreaterThanOrEqual(first(root) - slack);
        expect(first(root)).toBeGreaterThanOrEqual(first(uniform) - slack);
        expect(last(plain)).toBeLessThanOrEqual(last(root) + slack);
        expect(last(root)).toBeLessThanOrEqual(last(uniform) + slack);
        const ratio = Math.sqrt(first(sorted) / last(sorted));
        expectClose([first(root) / last(root)], [ratio], 1e-12);
        expectClose([root.reduce((a, b) => a + b, 0)], [1], 1e-12);
      }),
      {numRuns: 40},
    );
  });

  it('is right for powers that leave the range of numbers', () => {
    expect(classProbabilities([5000, 100], 1000)).toEqual([1, 0]);
    expect(classProbabilities([5000, 100], -1000)).toEqual([0, 1]);
    expectClose(classProbabilities([7, 7], 1e6), [0.5, 0.5], 1e-12);
  });

  it('refuses what it cannot do', () => {
    expect(() => classProbabilities([], 1)).toThrow(/"classCounts" must have at least one class/);
    expect(() => classProbabilities([3, 0], 1)).toThrow(
      /^classProbabilities: "classCounts\[1\]" must be a finite number >= 1, found 0/,
    );
    expect(() => classProbabilities([3], NaN)).toThrow(/"power" must be a finite number/);
  });
});
