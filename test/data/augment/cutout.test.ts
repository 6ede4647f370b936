import * as tf from '@tensorflow/tfjs-core';
import {fc} from '@fast-check/vitest';
import {describe, expect, it} from 'vitest';

import {createRng} from '../../../src/core/rng';
import {cutout} from '../../../src/data/augment/cutout';
import {expectNoLeak, numbers} from '../../support/tensors';

describe('cutout', () => {
  it('blacks out one square around the pixel drawn, cut off at the edges', () => {
    fc.assert(
      fc.property(
        fc.integer({min: 1, max: 9}),
        fc.nat(999),
        fc.constantFrom('channelsLast' as const, 'channelsFirst' as const),
        (size, seed, dataFormat) => {
          tf.tidy(() => {
            const [n, h, w, c] = [3, 6, 8, 2];
            const x = tf.ones<tf.Rank.R4>(
              dataFormat === 'channelsLast' ? [n, h, w, c] : [n, c, h, w],
            );
            const cut = cutout({size, dataFormat})(x, createRng(seed));
            expect(cut.shape).toEqual(x.shape);
            const last = dataFormat === 'channelsLast' ? cut : tf.transpose(cut, [0, 2, 3, 1]);
            const rng = createRng(seed);
            const expected: number[] = [];
            for (let image = 0; image < n; image++) {
              const [middleY, middleX] = [rng.integer(h), rng.integer(w)];
              // From size / 2 before the middle, rounded down, `size` pixels.
              const isIn = (at: number, middle: number) =>
                at >= middle - Math.floor(size / 2) && at < middle - Math.floor(size / 2) + size;
              for (let y = 0; y < h; y++) {
                for (let column = 0; column < w; column++) {
                  const value = isIn(y, middleY) && isIn(column, middleX) ? 0 : 1;
                  expected.push(value, value);
                }
              }
            }
            expect(numbers(last)).toEqual(expected);
          });
        },
      ),
      {numRuns: 40},
    );
  });

  it('is 16 pixels wide by default, and leaks nothing', async () => {
    await expectNoLeak(() => {
      const x = tf.ones<tf.Rank.R4>([20, 64, 64, 1]);
      const y = cutout()(x, createRng(2));
      const counts = tf.tidy(() => tf.sum(tf.sub(1, y), [1, 2, 3]));
      const zeros = numbers(counts);
      expect(Math.max(...zeros)).toBe(256);
      expect(Math.min(...zeros)).toBeGreaterThanOrEqual(64); // a corner keeps a quarter
      tf.dispose([x, y, counts]);
    });
  });

  it('refuses what it cannot do', () => {
    expect(() => cutout({size: 0})).toThrow(/^cutout: "size" must be an integer >= 1, found 0/);
    tf.tidy(() => {
      const x = tf.zeros<tf.Rank.R4>([1, 1, 28, 28]);
      expect(() => cutout()(x, createRng(1))).toThrow(/^cutout: "dataFormat"/);
    });
  });
});
