import {fc} from '@fast-check/vitest';
import {describe, expect, it} from 'vitest';

import {createRng, type Rng} from '../../src/core/rng';
import {
  classBalancedBatches,
  type ClassBalancedBatchesOptions,
} from '../../src/samplers/classBalancedBatches';

const labelsOf = (counts: readonly number[]) => counts.flatMap((n, c) => Array<number>(n).fill(c));
const flat = (batches: Int32Array[]) => batches.flatMap((batch) => [...batch]);
const timesOf = (list: readonly number[], value: number) =>
  list.filter((other) => other === value).length;

describe('classBalancedBatches, cyclic', () => {
  it('one epoch draws every class n_max times and its examples evenly', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({min: 1, max: 20}), {minLength: 1, maxLength: 5}),
        fc.integer({min: 1, max: 16}),
        fc.nat(999),
        (counts, batchSize, seed) => {
          const labels = labelsOf(counts);
          const max = Math.max(...counts);
          const make = () =>
            classBalancedBatches(labels, counts.length, batchSize, {rng: createRng(seed)});
          const batches = make();
          const indices = flat(batches);
          expect(indices).toHaveLength(max * counts.length);
          const drawn = indices.map((i) => labels[i] as number);
          counts.forEach((_, c) => expect(timesOf(drawn, c)).toBe(max));
          labels.forEach((c, i) => {
            const even = max / (counts[c] as number);
            expect([Math.floor(even), Math.ceil(even)]).toContain(timesOf(indices, i));
          });
          // Every round over the classes meets each once.
          for (let start = 0; start < drawn.length; start += counts.length) {
            expect(new Set(drawn.slice(start, start + counts.length)).size).toBe(counts.length);
          }
          expect(make()).toEqual(batches);
        },
      ),
      {numRuns: 40},
    );
  });

  it('each round has an order of its own', () => {
    const labels = [0, 1, 2, 3, 4, 5];
    const indices = flat(classBalancedBatches(labels, 6, 6, {rng: createRng(1), epochSize: 60}));
    const rounds = Array.from({length: 10}, (_, r) => indices.slice(6 * r, 6 * r + 6).join());
    expect(new Set(rounds).size).toBeGreaterThan(7);
    const oneClass = flat(
      classBalancedBatches([0, 0, 0, 0, 0, 0], 1, 6, {rng: createRng(1), epochSize: 60}),
    );
    const inside = Array.from({length: 10}, (_, r) => oneClass.slice(6 * r, 6 * r + 6).join());
    expect(new Set(inside).size).toBeGreaterThan(7);
  });

  it('takes the size of the epoch, and drops a last batch', () => {
    const sizes = (options: {epochSize?: number; dropLast?: boolean}) =>
      classBalancedBatches([0, 0, 0, 1], 2, 4, {rng: createRng(1), ...options}).map(
        (batch) => batch.length,
      );
    expect(sizes({})).toEqual([4, 2]);
    expect(sizes({dropLast: true})).toEqual([4]);
    expect(sizes({epochSize: 9})).toEqual([4, 4, 1]);
    expect(sizes({epochSize: 1})).toEqual([1]);
  });
});

describe('classBalancedBatches, iid', () => {
  const labels = labelsOf([90, 10]);
  const draw = (power?: number, epochSize?: number) =>
    flat(classBalancedBatches(labels, 2, 32, {rng: createRng(2), order: 'iid', power, epochSize}));
  const tailShare = (power?: number) => draw(power, 4000).filter((i) => i >= 90).length / 4000;

  it('is as long as the labels', () => {
    expect(draw()).toHaveLength(100);
    expect(draw(0, 7)).toHaveLength(7);
  });

  it('draws classes by the power of their counts, examples uniformly', () => {
    // Standard deviation at most 0.008.
    expect(Math.abs(tailShare() - 0.5)).toBeLessThan(0.04);
    expect(Math.abs(tailShare(0.5) - 0.25)).toBeLessThan(0.04);
    expect(Math.abs(tailShare(1) - 0.1)).toBeLessThan(0.03);
    const indices = draw(0, 4000);
    for (let i = 90; i < 100; i++) expect(Math.abs(timesOf(indices, i) - 200)).toBeLessThan(70);
    expect(indices.every((i) => i >= 0 && i < 100)).toBe(true);
    expect(draw(0, 4000)).toEqual(indices);
  });

  it('gives the last class what rounding leaves over', () => {
    const almostOne: Rng = {...createRng(1), uniform: () => 1 - 2 ** -53, integer: () => 0};
    const threes = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
    expect(
      flat(classBalancedBatches(threes, 10, 1, {rng: almostOne, order: 'iid', epochSize: 1})),
    ).toEqual([9]);
  });
});

describe('classBalancedBatches', () => {
  it('refuses what it cannot do', () => {
    const rng = createRng(1);
    const make = (options: Partial<Record<keyof ClassBalancedBatchesOptions, unknown>>) =>
      classBalancedBatches([0, 1], 2, 1, {rng, ...options} as ClassBalancedBatchesOptions);
    expect(() => make({rng: undefined})).toThrow(/^classBalancedBatches: "rng"/);
    expect(() => make({order: 'random'})).toThrow(
      /"order" must be one of 'cyclic', 'iid', found 'random'/,
    );
    expect(() => classBalancedBatches([0, 1], 2, 1, {rng: createRng(1), power: 0.5})).toThrow(
      /"power" must come with order: 'iid', found 0.5/,
    );
    expect(() => make({epochSize: 0})).toThrow(
      /"epochSize" must be an integer >= 1 and <= 100000000, found 0/,
    );
    expect(() => make({epochSize: 1.5})).toThrow(/"epochSize"/);
    expect(() => make({order: 'iid', power: NaN})).toThrow(/"power"/);
    expect(() => classBalancedBatches([0, 0], 2, 1, {rng})).toThrow(/none of class 1/);
    expect(() => classBalancedBatches([0, 1], 2, 0, {rng})).toThrow(/"batchSize"/);
    expect(() => classBalancedBatches([0, 1], 2, 4, {rng, dropLast: true})).toThrow(
      /"batchSize" must give at least one batch, found 4 for 2 examples/,
    );
  });
});
