import {fc} from '@fast-check/vitest';
import {describe, expect, it} from 'vitest';

import {distillationWeight, distillationWeightAt} from '../../src/losses/distillationWeight';

describe('distillationWeight', () => {
  // training.md 8.3
  it.each([
    [1, 0.6],
    [25, 15],
    [100, 60],
  ])('of α = 60 in epoch %i of 100 is %d', (epoch, weight) => {
    expect(distillationWeight(60, epoch, 100)).toBe(weight);
    expect(distillationWeight(60, epoch, 100, 'linear')).toBe(weight);
    expect(distillationWeight(60, epoch, 100, 'constant')).toBe(60);
  });

  it('rises from α/E to exactly α', () => {
    const property = fc.property(
      fc.double({min: 0, max: 300, noNaN: true}),
      fc.integer({min: 1, max: 50}),
      (alpha, epochs) => {
        const weights = Array.from({length: epochs}, (_, i) =>
          distillationWeight(alpha, i + 1, epochs),
        );
        expect(weights[0]).toBeCloseTo(alpha / epochs, 10);
        expect(weights.at(-1)).toBeCloseTo(alpha, 10);
        weights.slice(1).forEach((weight, i) => {
          expect(weight).toBeGreaterThanOrEqual(weights[i] as number);
        });
      },
    );
    fc.assert(property, {numRuns: 30});
  });

  it('accepts the ends of its ranges', () => {
    expect(distillationWeight(0, 1, 1)).toBe(0);
    expect(distillationWeight(5, 1, 1)).toBe(5);
  });

  it('refuses what lies outside', () => {
    expect(() => distillationWeight(-1, 1, 2)).toThrow(
      /^distillationWeight: "alpha" must be a finite number >= 0, found -1/,
    );
    expect(() => distillationWeight(1, 0, 2)).toThrow(
      /^distillationWeight: "epoch" must be an integer >= 1 and <= 2, found 0/,
    );
    expect(() => distillationWeight(1, 3, 2)).toThrow(/"epoch".*found 3/);
    expect(() => distillationWeight(1, 1.5, 2)).toThrow(/"epoch".*found 1.5/);
    expect(() => distillationWeight(1, 1, 0)).toThrow(
      /^distillationWeight: "epochs" must be an integer >= 1, found 0/,
    );
    expect(() => distillationWeight(1, 1, 2.5)).toThrow(/"epochs".*found 2.5/);
    expect(() => distillationWeight(1, 1, 2, 'cosine' as 'linear')).toThrow(
      /^distillationWeight: "schedule" must be one of 'linear', 'constant', found 'cosine'/,
    );
  });
});

it('distillationWeightAt does not look at the number of epochs while the weight is constant', () => {
  const at = {
    ...{epoch: 2, step: 1},
    get epochs(): number {
      throw new Error('read');
    },
  };
  expect(distillationWeightAt(3, at, 'constant')).toBe(3);
  expect(() => distillationWeightAt(3, at, 'linear')).toThrow('read');
  expect(distillationWeightAt(3, {epoch: 2, epochs: 6, step: 1}, 'linear')).toBe(1);
});
