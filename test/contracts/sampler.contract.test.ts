// What every sampler keeps. A new sampler joins by a line of the table that it belongs to.
import {fc} from '@fast-check/vitest';
import {describe, expect, it} from 'vitest';

import {InvalidArgumentError} from '../../src/core/errors';
import {createRng, type Rng} from '../../src/core/rng';
import * as room from '../../src/samplers';
import {balancedSplit} from '../../src/samplers/balancedSplit';
import {balancedSubset} from '../../src/samplers/balancedSubset';
import {balancedSubsetBatches} from '../../src/samplers/balancedSubsetBatches';
import {classBalancedBatches} from '../../src/samplers/classBalancedBatches';
import {classCounts} from '../../src/samplers/classCounts';
import {classProbabilities} from '../../src/samplers/classProbabilities';
import {complement} from '../../src/samplers/complement';
import {effectiveNumberProbabilities} from '../../src/samplers/effectiveNumberProbabilities';
import {effectiveNumberWeights} from '../../src/samplers/effectiveNumberWeights';
import {longTailedCounts} from '../../src/samplers/longTailedCounts';
import {longTailedSubset} from '../../src/samplers/longTailedSubset';
import {mixedBatches} from '../../src/samplers/mixedBatches';
import {progressiveProbabilities} from '../../src/samplers/progressiveProbabilities';
import {sampledBatches} from '../../src/samplers/sampledBatches';
import {shuffledBatches} from '../../src/samplers/shuffledBatches';
import {expectListed} from '../support/listed';

/** What the contract passes on: a generator, and in some tests options that are wrong. */
type Given = Readonly<Record<string, unknown>>;

interface Sampler {
  /** The public function that the line is about. */
  readonly of: string;
  readonly draw: (labels: ArrayLike<number>, numClasses: number, given: Given) => Int32Array[];
  /** What it does with the generator: draws from it, or only from forks. */
  readonly rng: 'drawn' | 'forked';
  /** Whether it runs without a generator too, and then always gives the same. */
  readonly plain?: boolean;
  /** Whether it sees no labels, only how many examples there are. */
  readonly blind?: boolean;
  /** Whether an index occurs at most once in all that is drawn. */
  readonly distinct?: boolean;
}

const BATCH = 3;

// A sampler joins by a line. The casts hand over what a caller in JavaScript might.
const SAMPLERS: Readonly<Record<string, Sampler>> = {
  'balancedSplit, held': {
    ...{of: 'balancedSplit', rng: 'drawn', plain: true, distinct: true},
    draw: (y, c, given) => [balancedSplit(y, c, {perClass: 1, ...given}).held],
  },
  'balancedSplit, rest': {
    ...{of: 'balancedSplit', rng: 'drawn', plain: true, distinct: true},
    draw: (y, c, given) => [balancedSplit(y, c, {perClass: 1, ...given}).rest],
  },
  balancedSubset: {
    ...{of: 'balancedSubset', rng: 'drawn'},
    draw: (y, c, given) => [balancedSubset(y, c, {gamma: 2, ...given})],
  },
  balancedSubsetBatches: {
    ...{of: 'balancedSubsetBatches', rng: 'forked'},
    draw: (y, c, given) => balancedSubsetBatches(y, c, BATCH, {epoch: 2, ...(given as {rng: Rng})}),
  },
  'classBalancedBatches, cyclic': {
    ...{of: 'classBalancedBatches', rng: 'drawn'},
    draw: (y, c, given) => classBalancedBatches(y, c, BATCH, given as {rng: Rng}),
  },
  'classBalancedBatches, iid': {
    ...{of: 'classBalancedBatches', rng: 'drawn'},
    draw: (y, c, given) =>
      classBalancedBatches(y, c, BATCH, {order: 'iid', ...(given as {rng: Rng})}),
  },
  longTailedSubset: {
    ...{of: 'longTailedSubset', rng: 'drawn', plain: true, distinct: true},
    draw: (y, c, given) => [longTailedSubset(y, c, {imbalanceRatio: 2, minPerClass: 1, ...given})],
  },
  mixedBatches: {
    ...{of: 'mixedBatches', rng: 'drawn'},
    draw: (y, c, given) => mixedBatches(y, c, BATCH, given as {rng: Rng}),
  },
  sampledBatches: {
    ...{of: 'sampledBatches', rng: 'drawn'},
    draw: (y, c, given) =>
      sampledBatches(y, new Array<number>(c).fill(1 / c), BATCH, given as {rng: Rng}),
  },
  shuffledBatches: {
    ...{of: 'shuffledBatches', rng: 'drawn', blind: true, distinct: true},
    draw: (y, _, given) => shuffledBatches(y.length, BATCH, given as {rng: Rng}),
  },
};

/** Functions of the sizes of classes, or of indices, in which no chance is. */
const PURE: Readonly<Record<string, (counts: readonly number[]) => ArrayLike<number>>> = {
  classCounts: (counts) => classCounts(labelsOf(counts), counts.length),
  classProbabilities: (counts) => classProbabilities(counts, 0.5),
  complement: (counts) => complement(10, counts.map((_, c) => c)), // prettier-ignore
  effectiveNumberProbabilities: (counts) => effectiveNumberProbabilities(counts),
  effectiveNumberWeights: (counts) => effectiveNumberWeights(counts),
  longTailedCounts: (counts) =>
    longTailedCounts({maxCount: 50, numClasses: counts.length, imbalanceRatio: 5}),
  progressiveProbabilities: (counts) => progressiveProbabilities(counts, 2, 5),
};

const labelsOf = (counts: readonly number[]) =>
  counts.flatMap((count, c) => new Array<number>(count).fill(c));

/** Sizes of two to four classes, none empty. */
const sizes = fc.array(fc.integer({min: 1, max: 9}), {minLength: 2, maxLength: 4});

/** Labels with examples of every class, in any order. */
const labelled = sizes.chain((counts) =>
  fc
    .shuffledSubarray(labelsOf(counts), {minLength: labelsOf(counts).length})
    .map((labels) => ({labels, numClasses: counts.length})),
);

it('the tables have every function of the room', () => {
  expectListed(room, [...Object.values(SAMPLERS).map(({of}) => of), ...Object.keys(PURE)]);
});

describe.each(Object.entries(SAMPLERS))('%s', (_name, sampler) => {
  const {draw} = sampler;
  const drawn = (y: ArrayLike<number>, c: number, seed = 1) => draw(y, c, {rng: createRng(seed)});

  it('gives valid indices as Int32Arrays, each once where it promises that', () => {
    fc.assert(
      fc.property(labelled, fc.nat(99), ({labels, numClasses}, seed) => {
        const lists = drawn(labels, numClasses, seed);
        for (const list of lists) {
          expect(list).toBeInstanceOf(Int32Array);
          for (const index of list) {
            expect(index).toBeGreaterThanOrEqual(0);
            expect(index).toBeLessThan(labels.length);
          }
        }
        const all = lists.flatMap((list) => [...list]);
        if (sampler.distinct === true) expect(new Set(all).size).toBe(all.length);
      }),
      {numRuns: 40},
    );
  });

  it('gives the same for the same seed, whatever was drawn before, and another for another', () => {
    const labels = Array.from({length: 40}, (_, i) => (i * 7) % 4);
    const first = drawn(labels, 4, 5);
    const others = [6, 7, 8].map((seed) => drawn(labels, 4, seed));
    expect(drawn(labels, 4, 5)).toEqual(first);
    expect(others.some((other) => JSON.stringify(other) !== JSON.stringify(first))).toBe(true);
  });

  it(`has its generator ${sampler.rng}`, () => {
    const labels = Array.from({length: 40}, (_, i) => (i * 7) % 4);
    const rng = createRng(5);
    draw(labels, 4, {rng});
    expect(JSON.stringify(rng.state()) === JSON.stringify(createRng(5).state())).toBe(
      sampler.rng === 'forked',
    );
  });

  it('needs a generator, and takes nothing else for one', () => {
    const labels = [0, 1, 1, 0, 1];
    if (sampler.plain === true) expect(draw(labels, 2, {})).toEqual(draw(labels, 2, {}));
    else
      expect(() => draw(labels, 2, {})).toThrow(/"rng" must be given: .* Pass createRng\(seed\)/);
    expect(() => draw(labels, 2, {rng: 7})).toThrow(/"rng" must be a generator/);
  });

  it('takes labels of any kind of array, and leaves them as they are', () => {
    const labels = [0, 1, 1, 2, 0, 2, 2];
    const plain = drawn(labels, 3);
    for (const kind of [Int32Array, Uint8Array, Float32Array]) {
      const typed = kind.from(labels);
      expect(drawn(typed, 3)).toEqual(plain);
      expect([...typed]).toEqual(labels);
    }
    expect(labels).toEqual([0, 1, 1, 2, 0, 2, 2]);
  });

  it('takes a single example', () => {
    for (const list of drawn([0], 1)) for (const index of list) expect(index).toBe(0);
  });

  it('refuses no examples, labels out of range, an empty class and unknown options', () => {
    expect(() => drawn([], 1)).toThrow(InvalidArgumentError);
    expect(() => draw([0, 1], 2, {rng: createRng(1), shuffel: true})).toThrow(
      /shuffel" must be one of its options/,
    );
    if (sampler.blind === true) return;
    for (const labels of [
      [0, 2],
      [0, -1],
      [0, 0.5],
      [0, NaN],
    ]) {
      expect(() => drawn([1, ...labels], 2)).toThrow(/"labels" must be integers in \[0, 2\)/);
    }
    expect(() => drawn([0, 0, 2], 3)).toThrow(InvalidArgumentError);
  });
});

describe.each(Object.entries(PURE))('%s', (_name, compute) => {
  it('is finite, no less than 0, the same again, and leaves its input alone', () => {
    fc.assert(
      fc.property(sizes, (counts) => {
        const before = [...counts];
        const values = Array.from(compute(counts));
        expect(values.every((value) => Number.isFinite(value) && value >= 0)).toBe(true);
        expect(Array.from(compute(counts))).toEqual(values);
        expect(counts).toEqual(before);
      }),
      {numRuns: 30},
    );
  });
});
