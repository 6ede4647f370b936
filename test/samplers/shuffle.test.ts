import {fc} from '@fast-check/vitest';
import {describe, expect, it} from 'vitest';

import {createRng} from '../../src/core/rng';
import {shuffle} from '../../src/samplers/shuffle';

const upTo = (n: number) => Int32Array.from({length: n}, (_, i) => i);

describe('shuffle', () => {
  it('permutes in place, and returns the same array', () => {
    fc.assert(
      fc.property(fc.nat(40), fc.nat(1000), fc.nat(45), (size, seed, count) => {
        const values = upTo(size);
        expect(shuffle(values, createRng(seed), count)).toBe(values);
        expect(values.slice().sort()).toEqual(upTo(size));
      }),
      {numRuns: 40},
    );
  });

  it('draws every permutation of three equally often', () => {
    const rng = createRng(5);
    const seen = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const key = shuffle(upTo(3), rng).join('');
      seen.set(key, (seen.get(key) ?? 0) + 1);
    }
    expect(seen.size).toBe(6);
    // 1000 expected, standard deviation 29.
    for (const count of seen.values()) expect(Math.abs(count - 1000)).toBeLessThan(130);
  });

  it('choosing one of four takes each equally often', () => {
    const rng = createRng(6);
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < 4000; i++) {
      const first = shuffle(upTo(4), rng, 1)[0] as number;
      counts[first] = (counts[first] as number) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(130);
  });

  it('draws no more than it needs', () => {
    const rng = createRng(1);
    shuffle(upTo(1), rng);
    shuffle(upTo(0), rng);
    shuffle(upTo(9), rng, 0);
    expect(rng.state()).toEqual(createRng(1).state());
  });
});
