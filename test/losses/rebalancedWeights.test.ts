import {describe, expect, it} from 'vitest';

import {rebalancedWeights} from '../../src/losses/rebalancedWeights';
import {expectClose} from '../support/tensors';

const COUNTS = [100, 40, 10, 5];

describe('rebalancedWeights', () => {
  it.each([
    [COUNTS, [0.12468205, 0.31033446, 1.21359835, 2.35138514]],
    [
      [90, 50, 10, 5],
      [0.1336906, 0.27709056, 1.22184859, 2.36737025],
    ],
    [
      [120, 30, 5, 0],
      [5.7e-7, 1.88e-6, 9.77e-6, 3.99998778],
    ],
  ])('of predictions %j are those of the specification', (predicted, expected) => {
    expectClose(rebalancedWeights(COUNTS, predicted), expected, 1e-7);
  });

  it('of the first epoch on CIFAR-10-LT are those of the specification', () => {
    const counts = [5000, 3237, 2096, 1357, 878, 568, 368, 238, 154, 100];
    expectClose(
      rebalancedWeights(counts, counts),
      [
        0.071463, 0.110381, 0.170462, 0.263272, 0.406855, 0.628792, 0.970256, 1.499579, 2.315982,
        3.562958,
      ],
      1e-6,
    );
  });

  it('of equal counts are 1; of a class with one example too', () => {
    expectClose(rebalancedWeights([7, 7], [7, 7]), [1, 1], 1e-12);
    expectClose(rebalancedWeights([1, 1], [3, 1]), [1, 1], 1e-12);
  });

  it('can bound what a class without predictions takes', () => {
    const weights = rebalancedWeights(COUNTS, [120, 30, 5, 0], {maxRatio: 10});
    expect(Math.max(...weights) / Math.min(...weights)).toBeCloseTo(10, 9);
    expect(weights.reduce((a, b) => a + b)).toBeCloseTo(4, 9);
  });

  it('refuses counts that do not fit', () => {
    expect(() => rebalancedWeights(COUNTS, [1, 2])).toThrow(
      /^rebalancedWeights: "predictedCounts" must have one count for each of the 4 classes, found 2/,
    );
    expect(() => rebalancedWeights(COUNTS, [1, 2, 3, -1])).toThrow(/"predictedCounts\[3\]"/);
    expect(() => rebalancedWeights([0, 1], [1, 1])).toThrow(/"classCounts"/);
    expect(() => rebalancedWeights([1, 1], [1, 1], {maxRatio: 1})).toThrow(/"maxRatio"/);
  });
});
