import {describe, expect, it} from 'vitest';

import {createRng} from '../../src/core/rng';
import {mixedBatches} from '../../src/samplers/mixedBatches';

const COUNTS = [40, 15, 5];
const LABELS = COUNTS.flatMap((n, c) => new Array<number>(n).fill(c));

describe('mixedBatches', () => {
  it('takes by turns from the data as they are and from equal classes', () => {
    const batches = mixedBatches(LABELS, 3, 16, {rng: createRng(2)});
    const all = batches.flatMap((batch) => [...batch]);
    expect(all).toHaveLength(120);
    const plain = all.filter((_, i) => i % 2 === 0);
    expect([...plain].sort((a, b) => a - b)).toEqual(LABELS.map((_, i) => i));
    const balanced = all.filter((_, i) => i % 2 === 1).map((i) => LABELS[i]);
    expect([0, 1, 2].map((c) => balanced.filter((label) => label === c).length)).toEqual([
      20, 20, 20,
    ]);
  });

  it('is the same with the same generator, another with another', () => {
    const make = (seed: number) => mixedBatches(LABELS, 3, 16, {rng: createRng(seed)});
    expect(make(2)).toEqual(make(2));
    expect(make(2)).not.toEqual(make(3));
  });

  it('drops a last batch, and refuses what does not fit', () => {
    const rng = createRng(1);
    expect(mixedBatches(LABELS, 3, 50, {rng, dropLast: true})).toHaveLength(2);
    expect(() => mixedBatches(LABELS, 4, 8, {rng})).toThrow(/^mixedBatches: "labels"/);
    expect(() => mixedBatches(LABELS, 3, 0, {rng})).toThrow(/"batchSize"/);
    expect(() => mixedBatches(LABELS, 3, 8, {} as {rng: typeof rng})).toThrow(/"rng"/);
  });
});
