import {describe, expect, it} from 'vitest';

import {createRng} from '../../src/core/rng';
import {classProbabilities} from '../../src/samplers/classProbabilities';
import {progressiveProbabilities} from '../../src/samplers/progressiveProbabilities';
import {sampledBatches} from '../../src/samplers/sampledBatches';

const COUNTS = [600, 90, 10];
const LABELS = COUNTS.flatMap((n, c) => new Array<number>(n).fill(c));

describe('sampledBatches', () => {
  it.each([
    ['square-root', classProbabilities(COUNTS, 0.5)],
    ['progressive', progressiveProbabilities(COUNTS, 3, 4)],
    ['plain', classProbabilities(COUNTS, 1)],
  ])('draws the classes by their shares: %s', (_, shares) => {
    const size = 30_000;
    const batches = sampledBatches(LABELS, shares, 128, {rng: createRng(5), epochSize: size});
    const drawn = batches.flatMap((batch) => [...batch]).map((i) => LABELS[i] as number);
    expect(drawn).toHaveLength(size);
    shares.forEach((p, c) => {
      const share = drawn.filter((label) => label === c).length / size;
      expect(Math.abs(share - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / size));
    });
  });

  it('has an epoch of the size of the data, and drops a last batch', () => {
    const sizes = (dropLast: boolean) =>
      sampledBatches(LABELS, [0.2, 0.3, 0.5], 300, {rng: createRng(5), dropLast}).map(
        (batch) => batch.length,
      );
    expect(sizes(false)).toEqual([300, 300, 100]);
    expect(sizes(true)).toEqual([300, 300]);
  });

  it('refuses shares that are none', () => {
    const rng = createRng(1);
    expect(() => sampledBatches(LABELS, [0.5, 0.5, 0.5], 4, {rng})).toThrow(
      /^sampledBatches: "shares" must sum to 1, found 1.5/,
    );
    expect(() => sampledBatches(LABELS, [1.5, -0.5, 0], 4, {rng})).toThrow(/"shares\[0\]"/);
    expect(() => sampledBatches(LABELS, [0.5, 0.5], 4, {rng})).toThrow(/"labels"/);
    expect(() => sampledBatches(LABELS, [1, 0, 0], 4, {} as {rng: typeof rng})).toThrow(/"rng"/);
    expect(() => sampledBatches(LABELS, [1, 0, 0], 4, {rng, epochSize: 0})).toThrow(/"epochSize"/);
  });
});
