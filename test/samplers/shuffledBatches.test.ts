import {fc} from '@fast-check/vitest';
import {describe, expect, it} from 'vitest';

import {createRng, type Rng} from '../../src/core/rng';
import {batchesOf, shuffledBatches} from '../../src/samplers/shuffledBatches';

const flat = (batches: Int32Array[]) => batches.flatMap((batch) => [...batch]);

describe('shuffledBatches', () => {
  it('goes through every example once, in an order given by the seed', () => {
    fc.assert(
      fc.property(
        fc.integer({min: 1, max: 60}),
        fc.integer({min: 1, max: 20}),
        fc.nat(999),
        (size, batchSize, seed) => {
          const make = () => shuffledBatches(size, batchSize, {rng: createRng(seed)});
          const batches = make();
          expect(flat(batches).sort((a, b) => a - b)).toEqual([...Array(size).keys()]);
          expect(batches).toHaveLength(Math.ceil(size / batchSize));
          batches.slice(0, -1).forEach((batch) => expect(batch).toHaveLength(batchSize));
          expect(make()).toEqual(batches);
        },
      ),
      {numRuns: 40},
    );
    const order = (seed: number) => flat(shuffledBatches(100, 10, {rng: createRng(seed)}));
    expect(order(1)).not.toEqual(order(2));
    expect(order(1)).not.toEqual([...Array(100).keys()]);
  });

  it('takes indices, repeated ones too, and leaves them as they are', () => {
    const indices = Int32Array.of(7, 7, 9);
    const batches = shuffledBatches(indices, 2, {rng: createRng(1)});
    expect(flat(batches).sort()).toEqual([7, 7, 9]);
    expect(indices).toEqual(Int32Array.of(7, 7, 9));
    expect(flat(shuffledBatches([4], 2, {rng: createRng(1)}))).toEqual([4]);
  });

  it('drops a last batch that is not full', () => {
    const sizes = (size: number, dropLast?: boolean) =>
      shuffledBatches(size, 4, {rng: createRng(1), dropLast}).map((batch) => batch.length);
    expect(sizes(10)).toEqual([4, 4, 2]);
    expect(sizes(10, false)).toEqual([4, 4, 2]);
    expect(sizes(10, true)).toEqual([4, 4]);
    expect(sizes(8, true)).toEqual([4, 4]);
    // 109 batches of 128 for CIFAR-10-LT with ratio 50.
    expect(shuffledBatches(13996, 128, {rng: createRng(1), dropLast: true})).toHaveLength(109);
  });

  it('refuses what it cannot do', () => {
    const rng = createRng(1);
    expect(() => shuffledBatches(4, 2, {} as {rng: Rng})).toThrow(/^shuffledBatches: "rng"/);
    expect(() => shuffledBatches(0, 2, {rng})).toThrow(/"indicesOrSize" must be an integer >= 1/);
    expect(() => shuffledBatches(2.5, 2, {rng})).toThrow(/"indicesOrSize"/);
    expect(() => shuffledBatches(4, 0, {rng})).toThrow(/"batchSize" must be an integer >= 1/);
    expect(() => shuffledBatches(4, 1.5, {rng})).toThrow(/"batchSize" must be an integer >= 1/);
    expect(() => shuffledBatches([], 2, {rng})).toThrowErrorMatchingInlineSnapshot(
      `[InvalidArgumentError: shuffledBatches: "indicesOrSize" must give at least one batch, found no examples. Pass more examples, a smaller batchSize, or dropLast: false.]`,
    );
    expect(() => shuffledBatches(3, 4, {rng, dropLast: true})).toThrowErrorMatchingInlineSnapshot(
      `[InvalidArgumentError: shuffledBatches: "batchSize" must give at least one batch, found 4 for 3 examples, with dropLast. Pass more examples, a smaller batchSize, or dropLast: false.]`,
    );
  });
});

describe('batchesOf', () => {
  it('cuts in order, into copies', () => {
    const indices = Int32Array.of(3, 1, 2);
    const batches = batchesOf('f', indices, 2, false);
    expect(batches).toEqual([Int32Array.of(3, 1), Int32Array.of(2)]);
    indices[0] = 9;
    expect(batches[0]?.[0]).toBe(3);
  });
});
