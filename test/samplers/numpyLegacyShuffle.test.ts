import {mersenne} from 'pure-rand/generator/mersenne';
import {describe, expect, it} from 'vitest';

import {numpyLegacyShuffle} from '../../src/samplers/numpyLegacyShuffle';

describe('numpyLegacyShuffle', () => {
  it('stands on the words of MT19937 with seed 0', () => {
    const generator = mersenne(0);
    const words = Array.from({length: 4}, () => generator.next() >>> 0);
    expect(words).toEqual([2357136044, 2546248239, 3071714933, 3626093760]);
  });

  // np.random.seed(0); a = list(range(0, 1000, 10)); np.random.shuffle(a); a[:8]
  it('shuffles as NumPy does, and goes on in the same stream', () => {
    const shuffle = numpyLegacyShuffle(0);
    const first = Int32Array.from({length: 100}, (_, i) => 10 * i);
    expect(shuffle(first)).toBe(first);
    expect([...first.slice(0, 8)]).toEqual([260, 860, 20, 550, 750, 930, 160, 730]);
    const second = Int32Array.from({length: 100}, (_, i) => 10 * i + 1);
    expect([...shuffle(second).slice(0, 8)]).toEqual([181, 291, 641, 921, 721, 871, 51, 151]);
  });

  it('leaves what cannot be shuffled', () => {
    const shuffle = numpyLegacyShuffle(0);
    expect(shuffle(Int32Array.of())).toEqual(Int32Array.of());
    expect(shuffle(Int32Array.of(7))).toEqual(Int32Array.of(7));
    // Neither drew a word: the stream still starts at its beginning.
    const list = Int32Array.from({length: 100}, (_, i) => 10 * i);
    expect(shuffle(list)[0]).toBe(260);
  });
});
