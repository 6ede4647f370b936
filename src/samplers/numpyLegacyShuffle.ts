import {mersenne} from 'pure-rand/generator/mersenne';

import {intAt} from '../core/at';

/**
 * NumPy's legacy shuffle: `np.random.seed(seed)`, then `np.random.shuffle(list)` for each list
 * handed to the returned function, in place, on one stream. Its only use is to reproduce published
 * subsets exactly.
 *
 * @internal
 */
export function numpyLegacyShuffle(seed: number): (values: Int32Array) => Int32Array {
  const generator = mersenne(seed);
  // Uniform in [0, max]: words are masked to max's bits until one fits.
  const interval = (max: number): number => {
    const mask = 2 ** (32 - Math.clz32(max)) - 1;
    let value: number;
    do value = (generator.next() & mask) >>> 0;
    while (value > max);
    return value;
  };
  return (values) => {
    for (let i = values.length - 1; i >= 1; i--) {
      const j = interval(i);
      const value = intAt(values, i);
      values[i] = intAt(values, j);
      values[j] = value;
    }
    return values;
  };
}
