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

describe('options of class counts', () => {
  it('have their defaults: up to 10 classes and 1000 examples', () => {
    const drawn = fc.sample(classCountLists(), {numRuns: 1000, seed: 1});
    const classes = drawn.map(({length}) => length);
    expect([Math.min(...classes), Math.max(...classes)]).toEqual([1, 10]);
    expect(Math.max(...drawn.flat())).toBeLessThanOrEqual(1000);
    expect(Math.max(...drawn.flat())).toBeGreaterThan(990);
    const profiles = fc.sample(longTailProfiles(), {numRuns: 1000, seed: 1});
    const counts = profiles.map((one) => one.counts);
    expect(Math.max(...counts.map(({length}) => length))).toBe(10);
    expect(Math.max(...counts.flat())).toBeLessThanOrEqual(1000);
    expect(Math.max(...counts.flat())).toBeGreaterThan(990);
  });

  it('take the smallest there are', () => {
    expect(fc.sample(classCountLists({numClasses: 2, maxCount: 1}), 1)).toEqual([[1, 1]]);
    const [one] = fc.sample(longTailProfiles({numClasses: 2, maxCount: 1}), 1);
    expect(one?.counts).toEqual([1, 1]);
    expect(fc.sample(classCountLists({numClasses: 0}), 1)).toEqual([[]]);
  });

  it('make profiles of every kind, balanced ones and others', () => {
    const drawn = fc.sample(longTailProfiles({numClasses: 4}), {numRuns: 300, seed: 1});
    const kinds = new Set(drawn.map((one) => one.options.profile));
    expect([...kinds].sort()).toEqual(['exponential', 'none', 'step']);
    const ratios = drawn.map((one) => one.options.imbalanceRatio ?? NaN);
    expect(Math.min(...ratios)).toBe(1);
    expect(Math.max(...ratios)).toBeGreaterThan(200);
    expect(Math.max(...ratios)).toBeLessThanOrEqual(256);
    for (const {counts, options} of drawn) {
      if (options.profile === 'none') expect(new Set(counts).size).toBe(1);
    }
    expect(drawn.some(({counts}) => (counts[0] ?? 0) > 100 && counts.at(-1) === 1)).toBe(true);
  });

  it.each([
    ['classCountLists', classCountLists],
    ['longTailProfiles', longTailProfiles],
  ] as const)('of %s are refused under their names', (name, of) => {
    expect(() => of({maxCount: 0})).toThrow(`${name}: "maxCount" must be an integer >= 1, found 0`);
    expect(() => of({maxCount: 2.5})).toThrow(`${name}: "maxCount" must be an integer >= 1`);
    expect(() => of({numClasses: [3, 2]})).toThrow(`${name}: "numClasses[1]" must`);
    expect(() => of({classes: 3} as never)).toThrow(`${name}: `);
  });

  it('say why there is no profile of no class', () => {
    expect(() => longTailProfiles({numClasses: [0, 0]})).toThrow(/A profile has a class\.$/);
  });
});
