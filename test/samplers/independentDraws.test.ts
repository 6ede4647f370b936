import {describe, expect, it} from 'vitest';

import {createRng} from '../../src/core/rng';
import {independentDraws} from '../../src/samplers/independentDraws';

describe('independentDraws', () => {
  it('draws classes by their shares and their examples alike', () => {
    const lists = [Int32Array.of(0, 1, 2, 3), Int32Array.of(4)];
    const draws = independentDraws(lists, [0.25, 0.75], 20_000, createRng(3));
    const counts = [0, 1, 2, 3, 4].map((i) => draws.filter((d) => d === i).length / 20_000);
    // Three standard deviations of a share of 1/16 and of 3/4.
    for (const share of counts.slice(0, 4)) expect(Math.abs(share - 1 / 16)).toBeLessThan(0.0052);
    expect(Math.abs((counts[4] as number) - 0.75)).toBeLessThan(0.0092);
  });

  it('never draws a class without a share, whatever rounding leaves over', () => {
    const lists = [Int32Array.of(0), Int32Array.of(1), Int32Array.of(2)];
    const rng = {...createRng(1), uniform: () => 1 - 2 ** -53};
    expect([...independentDraws(lists, [0.3, 0.7 - 1e-9, 0], 2, rng)]).toEqual([1, 1]);
  });
});
