import {arrayDataset} from 'lt-robust/data';
import {describe, expect, it} from 'vitest';

import {firstOfEach} from '../../../examples/paper/measure';

describe('firstOfEach', () => {
  const labels = [2, 0, 1, 0, 2, 1, 1, 0, 2];
  const data = arrayDataset(new Float32Array(9), labels, {shape: [1, 1, 1], numClasses: 3});

  it.each([
    [0, []],
    [2, [1, 2]],
    [3, [0, 1, 2]],
    [4, [0, 1, 2, 3]],
    [6, [0, 1, 2, 3, 4, 5]],
    [9, [0, 1, 2, 3, 4, 5, 6, 7, 8]],
    [100, [0, 1, 2, 3, 4, 5, 6, 7, 8]],
  ])('takes %i images, as evenly as it can', (count, indices) => {
    expect(firstOfEach(data, count)).toEqual(indices);
  });
});
