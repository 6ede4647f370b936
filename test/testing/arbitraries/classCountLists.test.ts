import {fc, it} from '@fast-check/vitest';
import {describe, expect} from 'vitest';

import {longTailedCounts} from '../../../src/samplers/longTailedCounts';
import {
  classCountLists,
  longTailProfiles,
  type LongTail,
} from '../../../src/testing/arbitraries/classCountLists';
import {shrunk, sorted} from '../../support/shrunk';

describe('classCountLists', () => {
  it.prop([classCountLists({numClasses: [2, 4], maxCount: 9})])('are in range', (counts) => {
    expect(counts.length).toBeGreaterThanOrEqual(2);
    expect(counts.length).toBeLessThanOrEqual(4);
    for (const count of counts) expect(count >= 1 && count <= 9).toBe(true);
  });

  it('refuse a largest count that is none', () => {
    for (const maxCount of [0, 2.5]) {
      expect(() => classCountLists({maxCount})).toThrow('"maxCount" must be an integer >= 1');
    }
  });

  it('shrink toward few classes of one example', () => {
    expect(shrunk(classCountLists(), () => true)).toEqual([1]);
    const isUneven = (counts: number[]) => Math.max(...counts) >= 50 * Math.min(...counts);
    expect(shrunk(classCountLists(), isUneven, sorted)).toEqual([1, 50]);
  });
});

describe('longTailProfiles', () => {
  it.prop([longTailProfiles()])('are what longTailedCounts makes', ({options, counts}) => {
    expect(longTailedCounts(options)).toEqual(counts);
    expect(counts.at(-1)).toBeGreaterThanOrEqual(1);
    counts.forEach((count, i) => expect(count).toBeLessThanOrEqual(counts[i - 1] ?? count));
  });

  it('have a class, if only one', () => {
    expect(() => longTailProfiles({numClasses: 0})).toThrow(/"numClasses" must be an integer >= 1/);
    const [drawn] = fc.sample(longTailProfiles({numClasses: [0, 1]}), 1);
    expect(drawn?.counts).toHaveLength(1);
  });

  it('shrink toward one balanced class', () => {
    const {options, counts} = shrunk(longTailProfiles(), () => true);
    expect(options).toMatchObject({profile: 'none', numClasses: 1, imbalanceRatio: 1});
    expect(counts).toEqual([1]);
    const isLong = ({counts: list}: LongTail) => list[0]! >= 10 * list.at(-1)!;
    expect(shrunk(longTailProfiles(), isLong, (long) => long.counts)).toEqual([10, 1]);
  });
});
