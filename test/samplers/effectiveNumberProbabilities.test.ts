import {describe, expect, it} from 'vitest';

import {effectiveNumberProbabilities} from '../../src/samplers/effectiveNumberProbabilities';
import {expectClose} from '../support/tensors';

const COUNTS = [100, 40, 10, 5];

describe('effectiveNumberProbabilities', () => {
  it('are in proportion to n / E of the specification', () => {
    // E = (1 - β^n) / (1 - β) with β 0.9, of CIFAR-10-LT's first class (1.5): 3934.845.
    const effective = COUNTS.map((n) => (1 - 0.9 ** n) / 0.1);
    const shares = COUNTS.map((n, c) => n / (effective[c] as number));
    const sum = shares.reduce((a, b) => a + b);
    expectClose(
      effectiveNumberProbabilities(COUNTS, {beta: 0.9}),
      shares.map((v) => v / sum),
      1e-12,
    );
  });

  it('run from the shares of the data to equal ones', () => {
    expectClose(
      effectiveNumberProbabilities(COUNTS, {beta: 0}),
      COUNTS.map((n) => n / 155),
      1e-12,
    );
    expectClose(effectiveNumberProbabilities(COUNTS, {beta: 1}), [0.25, 0.25, 0.25, 0.25], 1e-12);
  });

  it('refuses β out of range', () => {
    expect(() => effectiveNumberProbabilities(COUNTS, {beta: -1})).toThrow(/"beta"/);
  });
});
