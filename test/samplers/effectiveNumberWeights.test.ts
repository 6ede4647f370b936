import {fc} from '@fast-check/vitest';
import {describe, expect, it} from 'vitest';

import {effectiveNumberWeights} from '../../src/samplers/effectiveNumberWeights';
import {expectClose} from '../support/tensors';

const CIFAR = [5000, 3237, 2096, 1357, 878, 568, 368, 238, 154, 100];
const SMALL = [100, 40, 10, 5];

describe('effectiveNumberWeights', () => {
  // training.md 1.5
  it.each([
    [0.9, SMALL, [0.66753972, 0.67753658, 1.02487317, 1.63005053]],
    [0.99, SMALL, [0.17792919, 0.34076051, 1.17970926, 2.30160104]],
    [0.999, SMALL, [0.12472589, 0.30270068, 1.19284191, 2.37973152]],
    [0.9999, SMALL, [0.11992938, 0.29892632, 1.19391371, 2.38723059]],
    [
      0.9999,
      CIFAR,
      [
        0.08903, 0.126678, 0.185257, 0.276057, 0.416751, 0.634413, 0.969534, 1.489447, 2.292256,
        3.520576,
      ],
    ],
    [
      0.999,
      CIFAR,
      [
        0.2959, 0.305908, 0.335063, 0.395711, 0.502782, 0.67799, 0.954225, 1.387085, 2.058287,
        3.087047,
      ],
    ],
  ])('with β %d of %j are those of the specification', (beta, counts, expected) => {
    expectClose(effectiveNumberWeights(counts, {beta}), expected, 1e-6);
  });

  it('have β 0.9999 by default, and run from equal to inverse to the counts', () => {
    expect(effectiveNumberWeights(SMALL)).toEqual(effectiveNumberWeights(SMALL, {beta: 0.9999}));
    expect(effectiveNumberWeights(SMALL, {beta: 0})).toEqual([1, 1, 1, 1]);
    const inverse = effectiveNumberWeights(SMALL, {beta: 1});
    expectClose(
      inverse.map((w, c) => w * (SMALL[c] as number)),
      new Array<number>(4).fill((inverse[0] as number) * 100),
      1e-12,
    );
    expectClose(effectiveNumberWeights(SMALL, {beta: 1 - 1e-14}), inverse, 1e-6);
  });

  it('are positive, sum to the number of classes and do not rise with the count', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({min: 1, max: 5000}), {minLength: 1, maxLength: 12}),
        fc.double({min: 0, max: 1, noNaN: true}),
        (counts, beta) => {
          const sorted = [...counts].sort((a, b) => a - b);
          const weights = effectiveNumberWeights(sorted, {beta});
          expect(weights.reduce((a, b) => a + b)).toBeCloseTo(counts.length, 9);
          weights.forEach((w, i) => {
            expect(w).toBeGreaterThan(0);
            if (i > 0) expect(w).toBeLessThanOrEqual((weights[i - 1] as number) * (1 + 1e-12));
          });
        },
      ),
    );
  });

  it('refuses β and counts out of range', () => {
    expect(() => effectiveNumberWeights(SMALL, {beta: 1.5})).toThrow(
      /^effectiveNumberWeights: "beta"/,
    );
    expect(() => effectiveNumberWeights([3, 0])).toThrow(/"classCounts\[1\]"/);
  });
});
