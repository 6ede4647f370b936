import {describe, expect, it} from 'vitest';

import {eachPlace} from '../../../src/kernels/composed/eachWindow';

describe('eachPlace', () => {
  it('visits every place of every window inside the input, once', () => {
    const visits: number[][] = [];
    const windows = {
      ...{inputs: [3, 4], outputs: [2, 3], taps: [2, 2]},
      ...{strides: [2, 1], dilations: [1, 2], before: [1, 0]},
    };
    eachPlace(2, windows, (...at) => visits.push(at));
    const expected: number[][] = [];
    for (let b = 0; b < 2; b++)
      for (let y = 0; y < 2; y++)
        for (let x = 0; x < 3; x++)
          for (let i = 0; i < 2; i++)
            for (let j = 0; j < 2; j++) {
              const [row, column] = [2 * y - 1 + i, x + 2 * j];
              if (row < 0 || row >= 3 || column >= 4) continue;
              expected.push([(b * 2 + y) * 3 + x, (b * 3 + row) * 4 + column, 2 * i + j]);
            }
    const order = (a: number[], b: number[]) => a.join().localeCompare(b.join());
    expect(visits.sort(order)).toEqual(expected.sort(order));
  });

  it('sees the places of a window in order', () => {
    const seen: number[] = [];
    const windows = {
      ...{inputs: [2, 3, 2], outputs: [1, 1, 1], taps: [2, 3, 2]},
      ...{strides: [1, 1, 1], dilations: [1, 1, 1], before: [0, 0, 0]},
    };
    eachPlace(1, windows, (_, input) => seen.push(input));
    expect(seen).toEqual(Array.from({length: 12}, (_, i) => i));
  });
});
