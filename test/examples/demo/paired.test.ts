import {describe, expect, it} from 'vitest';

import {COLUMNS} from '../../../examples/demo/measure';
import {methodDifferences, pairedDifference} from '../../../examples/demo/paired';
import type {RunResult} from '../../../examples/demo/runMethod';

describe('pairedDifference', () => {
  it('is the mean with Student’s interval', () => {
    // t quantiles at 0.975 from the printed tables: 2.776 (4)
    const five = pairedDifference([1, 2, 3, 4, 5]);
    const half = (2.776445 * Math.sqrt(2.5)) / Math.sqrt(5);
    expect(five.mean).toBe(3);
    expect(five.interval?.[0]).toBeCloseTo(3 - half, 5);
    expect(five.interval?.[1]).toBeCloseTo(3 + half, 5);
    // and 4.302653 for two degrees of freedom
    const three = pairedDifference([0, 1, 2]);
    expect(three.interval?.[1]).toBeCloseTo(1 + 4.302653 / Math.sqrt(3), 5);
  });

  it('has no interval for one or two seeds', () => {
    expect(pairedDifference([0.25])).toEqual({mean: 0.25, interval: null, perSeed: [0.25]});
    // Their t interval would be [0.5, 0.5].
    expect(pairedDifference([0.5, 0.5])).toEqual({mean: 0.5, interval: null, perSeed: [0.5, 0.5]});
  });
});

const run = (method: RunResult['method'], seed: number, pgd20: number, aa: number | null) =>
  ({
    ...{method, seed},
    last: {...Object.fromEntries(COLUMNS.map((column) => [column, 0])), pgd20, tailAutoAttack: aa},
  }) as unknown as RunResult;

describe('methodDifferences', () => {
  it('pairs runs of one seed, in the order of the methods, and leaves out what only one has', () => {
    const [difference, ...others] = methodDifferences([
      run('kl', 1, 0.5, 0.4),
      run('at-bsl', 0, 0.3, null),
      run('at-bsl', 1, 0.4, 0.1),
      run('at-bsl', 2, 0.9, 0.1),
      run('kl', 0, 0.5, 0.4),
    ]);
    expect(others).toEqual([]);
    expect(difference).toMatchObject({method: 'kl', against: 'at-bsl', seeds: [1, 0]});
    const {pgd20, tailAutoAttack} = difference?.columns ?? {};
    expect(pgd20?.mean).toBeCloseTo(0.15, 12);
    expect(pgd20?.perSeed).toHaveLength(2);
    expect(tailAutoAttack?.perSeed).toHaveLength(1);
    expect(tailAutoAttack?.interval).toBeNull();
  });
});
