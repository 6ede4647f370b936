import {fc, it} from '@fast-check/vitest';
import {describe, expect} from 'vitest';

import {checkpoints} from '../../../src/attacks/apgd/checkpoints';

const from = (first: number, last: number) =>
  Array.from({length: last - first + 1}, (_, i) => first + i);

describe('checkpoints', () => {
  // attacks.md 12.1
  it.each([
    [100, [22, 41, 57, 70, 80, 87, 93, 99]],
    [50, [11, 21, 30, 38, 45]],
    [20, [4, 7, ...from(9, 20)]],
    [10, from(2, 10)],
    [40, [8, 15, 21, 26, 30, 33, 35, 37, 39]],
    [200, [44, 82, 114, 140, 160, 174, 186, 198]],
    [1, [1]],
  ])('of %i steps', (steps, expected) => {
    expect(checkpoints(steps)).toEqual(expected);
  });

  it.prop([fc.integer({min: 1, max: 400})], {numRuns: 50})(
    'increase within the steps, in windows that do not grow',
    (steps) => {
      const found = checkpoints(steps);
      const windows = found.map((at, i) => at - (found[i - 1] ?? 0));
      expect(windows[0]).toBe(Math.max(Math.trunc(0.22 * steps), 1));
      expect(found.at(-1)).toBeLessThanOrEqual(steps);
      windows.forEach((length, i) => {
        expect(length).toBeGreaterThanOrEqual(1);
        if (i > 0) expect(length).toBeLessThanOrEqual(windows[i - 1] as number);
      });
    },
  );
});
