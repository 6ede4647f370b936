import {fc} from '@fast-check/vitest';
import {describe, expect, it} from 'vitest';

import {longTailedCounts, type LongTailedProfile} from '../../src/samplers/longTailedCounts';
import golden from '../golden/longTailedCounts.json';

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
const cifar10 = (imbalanceRatio: number) =>
  longTailedCounts({maxCount: 5000, numClasses: 10, imbalanceRatio});
const cifar100 = (imbalanceRatio: number) =>
  longTailedCounts({maxCount: 500, numClasses: 100, imbalanceRatio});

describe('longTailedCounts', () => {
  it.each([
    [2, '5000 4629 4286 3968 3674 3401 3149 2916 2700 2500', 36223],
    [5, '5000 4181 3496 2924 2445 2044 1709 1429 1195 1000', 25423],
    [10, '5000 3871 2997 2320 1796 1391 1077 834 645 500', 20431],
    [20, '5000 3584 2569 1842 1320 946 678 486 348 250', 17023],
    [50, '5000 3237 2096 1357 878 568 368 238 154 100', 13996],
    [100, '5000 2997 1796 1077 645 387 232 139 83 50', 12406],
  ])('CIFAR-10-LT, IR %d', (ratio, counts, total) => {
    expect(cifar10(ratio).join(' ')).toBe(counts);
    expect(sum(cifar10(ratio))).toBe(total);
  });

  it.each([
    [5, '115 113 112 110 108 106 104 103 101 100', 24856],
    [20, '32 31 30 29 29 28 27 26 25 25', 15907],
    [100, '7 7 6 6 6 6 5 5 5 5', 10847],
  ])('CIFAR-100-LT, IR %d', (ratio, lastTen, total) => {
    const counts = cifar100(ratio);
    expect(counts[0]).toBe(500);
    expect(counts.slice(-10).join(' ')).toBe(lastTen);
    expect(sum(counts)).toBe(total);
  });

  it('CIFAR-100-LT IR 10 and 50, Tiny-ImageNet-LT IR 10, whole', () => {
    expect(cifar100(10)).toEqual(golden.cifar100Ratio10);
    expect(sum(golden.cifar100Ratio10)).toBe(19573);
    expect(cifar100(50)).toEqual(golden.cifar100Ratio50);
    expect(sum(golden.cifar100Ratio50)).toBe(12608);
    const tiny = longTailedCounts({maxCount: 500, numClasses: 200, imbalanceRatio: 10});
    expect(tiny).toEqual(golden.tinyImageNetRatio10);
    expect(sum(tiny)).toBe(39072);
  });

  it('steps: the middle class of an odd number is small', () => {
    const step = (numClasses: number) =>
      longTailedCounts({maxCount: 10, numClasses, imbalanceRatio: 3, profile: 'step'});
    expect(step(4)).toEqual([10, 10, 3, 3]);
    expect(step(5)).toEqual([10, 10, 3, 3, 3]);
    expect(step(1)).toEqual([10]);
  });

  it('none: all large, truncated', () => {
    expect(
      longTailedCounts({maxCount: 7.9, numClasses: 3, imbalanceRatio: 9, profile: 'none'}),
    ).toEqual([7, 7, 7]);
  });

  it('one class has them all', () => {
    expect(longTailedCounts({maxCount: 9, numClasses: 1, imbalanceRatio: 3})).toEqual([9]);
  });

  it('falls from maxCount to trunc(maxCount / IR), and with IR', () => {
    fc.assert(
      fc.property(
        fc.integer({min: 100, max: 5000}),
        fc.integer({min: 2, max: 12}),
        fc.integer({min: 1, max: 99}),
        (maxCount, numClasses, imbalanceRatio) => {
          const options = {maxCount, numClasses, imbalanceRatio};
          const counts = longTailedCounts(options);
          expect(counts).toHaveLength(numClasses);
          expect(counts[0]).toBe(maxCount);
          expect(counts.at(-1)).toBe(Math.trunc(maxCount * (1 / imbalanceRatio)));
          expect(counts).toEqual([...counts].sort((a, b) => b - a));
          const steeper = longTailedCounts({...options, imbalanceRatio: imbalanceRatio + 1});
          expect(sum(steeper)).toBeLessThanOrEqual(sum(counts));
          expect(longTailedCounts({...options, imbalanceRatio: 1})).toEqual(
            new Array(numClasses).fill(maxCount),
          );
        },
      ),
      {numRuns: 50},
    );
  });

  it('refuses an empty class unless told how many to keep', () => {
    const options = {maxCount: 4, numClasses: 3, imbalanceRatio: 8};
    expect(() => longTailedCounts(options)).toThrowErrorMatchingInlineSnapshot(
      `[InvalidArgumentError: longTailedCounts: "imbalanceRatio" must leave every class at least one example, found 8, which leaves class 2 none of at most 4. Lower it, or set minPerClass: 1.]`,
    );
    expect(longTailedCounts({...options, minPerClass: 1})).toEqual([4, 1, 1]);
    expect(longTailedCounts({...options, minPerClass: 2})).toEqual([4, 2, 2]);
    expect(longTailedCounts({...options, minPerClass: 4})).toEqual([4, 4, 4]);
  });

  it.each([
    [{imbalanceRatio: 0.02}, /"imbalanceRatio" must .* >= 1, found 0.02\. .* pass 50\./],
    [{imbalanceRatio: NaN}, /"imbalanceRatio"/],
    [{maxCount: 0.5}, /"maxCount" must be a finite number >= 1, found 0.5/],
    [{numClasses: 0}, /"numClasses" must be an integer >= 1, found 0/],
    [{numClasses: 2.5}, /"numClasses" must be an integer >= 1, found 2.5/],
    [{minPerClass: 0}, /"minPerClass" must be an integer >= 1 and <= 100, found 0/],
    [{minPerClass: 101}, /"minPerClass" must be an integer >= 1 and <= 100, found 101/],
    [{minPerClass: 1.5}, /"minPerClass"/],
    [
      {profile: 'exp' as LongTailedProfile},
      /"profile" must be one of 'exponential', 'step', 'none', found 'exp'/,
    ],
    [{imbalanceratio: 3}, /^longTailedCounts: "imbalanceratio" .* Did you mean "imbalanceRatio"/],
  ])('refuses %j', (change, message) => {
    const options = {maxCount: 100, numClasses: 3, imbalanceRatio: 2, ...change};
    expect(() => longTailedCounts(options)).toThrow(message);
  });
});
