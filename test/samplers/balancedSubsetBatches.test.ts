import {describe, expect, it} from 'vitest';

import {createRng} from '../../src/core/rng';
import {balancedSubsetBatches} from '../../src/samplers/balancedSubsetBatches';

const COUNTS = [60, 15, 6];
const LABELS = COUNTS.flatMap((n, c) => new Array<number>(n).fill(c));
const rng = createRng(4);

const epochOf = (epoch: number, resample: 'once' | 'per-epoch') =>
  balancedSubsetBatches(LABELS, 3, 16, {rng, epoch, resample}).flatMap((batch) => [...batch]);
const sorted = (indices: number[]) => [...indices].sort((a, b) => a - b);

describe('balancedSubsetBatches', () => {
  it('goes through one sub-dataset in an order of its own each epoch', () => {
    const [first, second] = [epochOf(1, 'once'), epochOf(2, 'once')];
    expect(sorted(first)).toEqual(sorted(second));
    expect(first).not.toEqual(second);
    expect(epochOf(1, 'once')).toEqual(first);
  });

  it('or draws it anew each epoch, with all examples of the head in the end', () => {
    const [first, second] = [epochOf(1, 'per-epoch'), epochOf(2, 'per-epoch')];
    expect(sorted(first)).not.toEqual(sorted(second));
    expect(epochOf(1, 'per-epoch')).toEqual(first);
    for (const epoch of [first, second]) {
      // IR 10: γ = 5, 30 of each class.
      expect([0, 1, 2].map((c) => epoch.filter((i) => LABELS[i] === c).length)).toEqual([
        30, 30, 30,
      ]);
    }
    const seen = new Set(Array.from({length: 20}, (_, e) => epochOf(e + 1, 'per-epoch')).flat());
    expect(seen.size).toBe(LABELS.length);
  });

  it('refuses what does not fit', () => {
    expect(() => balancedSubsetBatches(LABELS, 3, 16, {rng, epoch: 0})).toThrow(
      /^balancedSubsetBatches: "epoch"/,
    );
    expect(() =>
      balancedSubsetBatches(LABELS, 3, 16, {rng, epoch: 1, resample: 'never' as 'once'}),
    ).toThrow(/"resample" must be one of 'once', 'per-epoch'/);
    expect(() =>
      balancedSubsetBatches(LABELS, 3, 16, {epoch: 1} as {rng: typeof rng; epoch: number}),
    ).toThrow(/"rng"/);
    expect(() => balancedSubsetBatches(LABELS, 3, 16, {rng, epoch: 1, gamma: 0})).toThrow(
      /"gamma"/,
    );
  });
});
