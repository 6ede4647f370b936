import {describe, expect, it} from 'vitest';

import {classProbabilities} from '../../src/samplers/classProbabilities';
import {progressiveProbabilities} from '../../src/samplers/progressiveProbabilities';
import {expectClose} from '../support/tensors';

const COUNTS = [5000, 3237, 2096, 1357, 878, 568, 368, 238, 154, 100];

describe('progressiveProbabilities', () => {
  it('goes from plain sampling to equal classes, in a straight line', () => {
    const plain = classProbabilities(COUNTS, 1);
    expectClose(progressiveProbabilities(COUNTS, 0, 90), plain, 1e-12);
    expectClose(progressiveProbabilities(COUNTS, 90, 90), new Array<number>(10).fill(0.1), 1e-12);
    expectClose(
      progressiveProbabilities(COUNTS, 30, 90),
      plain.map((p) => (2 / 3) * p + (1 / 3) * 0.1),
      1e-12,
    );
  });

  it('refuses epochs out of range', () => {
    expect(() => progressiveProbabilities(COUNTS, 91, 90)).toThrow(
      /^progressiveProbabilities: "epoch" must be an integer >= 0 and <= 90, found 91/,
    );
    expect(() => progressiveProbabilities(COUNTS, 1, 0)).toThrow(/"epochs"/);
    expect(() => progressiveProbabilities([0, 1], 1, 2)).toThrow(/"classCounts\[0\]"/);
  });
});
