import * as tf from '@tensorflow/tfjs-core';
import {fc} from '@fast-check/vitest';
import {describe, expect, it} from 'vitest';

import {createRng, type Rng} from '../../../src/core/rng';
import {cropAndFlip, moveOnDevice} from '../../../src/data/augment/cropAndFlip';
import {expectNoLeak, numbers} from '../../support/tensors';

type Shape = [number, number, number, number];

const ramp = ([n, h, w, c]: Shape) =>
  Float32Array.from({length: n * h * w * c}, (_, i) => Math.fround(1 + i / 7));

/** The same, image by image and pixel by pixel: pad, cut, mirror. */
function plain(x: Float32Array, [n, h, w, c]: Shape, padding: number, flip: number, rng: Rng) {
  const result: number[] = [];
  for (let image = 0; image < n; image++) {
    const wide = w + 2 * padding;
    const padded = Array.from({length: h + 2 * padding}, () =>
      Array.from({length: wide}, () => Array<number>(c).fill(0)),
    );
    for (let y = 0; y < h; y++) {
      for (let column = 0; column < w; column++) {
        const start = ((image * h + y) * w + column) * c;
        (padded[y + padding] as number[][])[column + padding] = [...x.slice(start, start + c)];
      }
    }
    const top = rng.integer(2 * padding + 1);
    const left = rng.integer(2 * padding + 1);
    const mirrored = rng.uniform() < flip;
    for (const row of padded.slice(top, top + h)) {
      const cut = row.slice(left, left + w);
      result.push(...(mirrored ? cut.reverse() : cut).flat());
    }
  }
  return result;
}

describe('cropAndFlip', () => {
  it('is a crop of the padded image, mirrored or not, exactly', async () => {
    const length = fc.integer({min: 1, max: 6});
    const shapes = fc.tuple(fc.integer({min: 1, max: 4}), length, length, fc.constantFrom(1, 3));
    await fc.assert(
      fc.asyncProperty(
        shapes,
        fc.integer({min: 0, max: 7}),
        fc.constantFrom(0, 0.5, 1),
        fc.nat(999),
        async (shape, padding, flip, seed) => {
          const values = ramp(shape);
          await expectNoLeak(() => {
            const x = tf.tensor4d(values, shape);
            const augment = cropAndFlip({padding, flip, dataFormat: 'channelsLast'});
            const y = augment(x, createRng(seed));
            expect(y.shape).toEqual(shape);
            expect(y.dtype).toBe('float32');
            expect(numbers(y)).toEqual(plain(values, shape, padding, flip, createRng(seed)));
            expect(numbers(x)).toEqual([...values]);
            tf.dispose([x, y]);
          });
        },
      ),
      {numRuns: 40},
    );
  });

  it('pads by 4 and flips one in two, by default', () => {
    const shape: Shape = [64, 9, 9, 1];
    const values = ramp(shape);
    tf.tidy(() => {
      const x = tf.tensor4d(values, shape);
      const byDefault = numbers(cropAndFlip()(x, createRng(3)));
      expect(byDefault).toEqual(plain(values, shape, 4, 0.5, createRng(3)));
      expect(byDefault).toEqual(numbers(cropAndFlip({padding: 4, flip: 0.5})(x, createRng(3))));
      expect(byDefault).not.toEqual(numbers(cropAndFlip()(x, createRng(4))));
    });
  });

  it('reaches every offset, each alike, and flips as often as told', () => {
    // One bright pixel in the middle of 9x9 shows offset and, off the middle, the flip.
    const count = 3000;
    const shape: Shape = [count, 3, 9, 1];
    const values = new Float32Array(count * 27).map((_, i) => (i % 27 === 9 + 3 ? 1 : 0));
    tf.tidy(() => {
      const x = tf.tensor4d(values, shape);
      const y = numbers(
        cropAndFlip({padding: 1, flip: 0.25, dataFormat: 'channelsLast'})(x, createRng(1)),
      );
      const rows = [0, 0, 0];
      let flips = 0;
      y.forEach((value, i) => {
        if (value === 0) return;
        const row = Math.floor((i % 27) / 9);
        rows[row] = (rows[row] as number) + 1;
        if (i % 9 > 4) flips++; // unflipped at 2, 3, 4; flipped at 4, 5, 6
      });
      expect(rows.reduce((a, b) => a + b, 0)).toBe(count);
      for (const times of rows) expect(Math.abs(times - 1000)).toBeLessThan(130);
      expect(Math.abs(flips - (count / 4) * (2 / 3))).toBeLessThan(110);
    });
  });

  it('moves the same on a GPU, and keeps int32', () => {
    tf.tidy(() => {
      const x = tf.tensor4d([1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 2, 2], 'int32');
      const sources = Int32Array.of(3, 4, 0, 4);
      const moved = moveOnDevice(x, sources, 2);
      expect(numbers(moved)).toEqual([7, 8, 0, 0, 1, 2, 0, 0]);
      expect(moved.dtype).toBe('int32');
      const flipped = cropAndFlip({padding: 0, flip: 1, dataFormat: 'channelsLast'})(
        x,
        createRng(1),
      );
      expect(numbers(flipped)).toEqual([3, 4, 1, 2, 7, 8, 5, 6]);
      expect(flipped.dtype).toBe('int32');
    });
  });

  it('takes batches of CIFAR size', () => {
    const shape: Shape = [128, 32, 32, 3];
    const values = ramp(shape);
    tf.tidy(() => {
      const y = cropAndFlip()(tf.tensor4d(values, shape), createRng(9));
      const expected = plain(values, shape, 4, 0.5, createRng(9));
      expect(y.dataSync()).toEqual(Float32Array.from(expected));
    });
  });

  it('does the same to images with their channels first', async () => {
    const values = ramp([5, 6, 7, 3]);
    await expectNoLeak(() => {
      const last = tf.tensor4d(values, [5, 6, 7, 3]);
      const first = tf.transpose(last, [0, 3, 1, 2]);
      const options = {padding: 2, dataFormat: 'channelsFirst'} as const;
      const moved = cropAndFlip(options)(first, createRng(3));
      const back = tf.transpose(moved, [0, 2, 3, 1]);
      expect(moved.shape).toEqual([5, 3, 6, 7]);
      expect(numbers(back)).toEqual(plain(values, [5, 6, 7, 3], 2, 0.5, createRng(3)));
      tf.dispose([last, first, moved, back]);
    });
  });

  it('refuses a layout that is in doubt', () => {
    tf.tidy(() => {
      const x = tf.zeros<tf.Rank.R4>([2, 3, 8, 8]);
      expect(() => cropAndFlip()(x, createRng(1))).toThrow(
        'cropAndFlip: "dataFormat" must be given for images that could have their channels first, ' +
          "found none, for x of shape [2, 3, 8, 8]. Pass 'channelsFirst' or 'channelsLast'.",
      );
      expect(cropAndFlip({dataFormat: 'channelsLast'})(x, createRng(1)).shape).toEqual(x.shape);
      expect(() => cropAndFlip({dataFormat: 'NCHW' as 'channelsFirst'})).toThrow(
        /"dataFormat" must be one of 'channelsLast', 'channelsFirst', found 'NCHW'/,
      );
    });
  });

  it('refuses what it cannot do', () => {
    expect(() => cropAndFlip({padding: -1})).toThrow(
      /^cropAndFlip: "padding" must be an integer >= 0, found -1/,
    );
    expect(() => cropAndFlip({padding: 0.5})).toThrow(/"padding"/);
    expect(() => cropAndFlip({flip: 1.1})).toThrow(/"flip" must be a finite number >= 0 and <= 1/);
    expect(() => cropAndFlip({flip: -0.1})).toThrow(/"flip"/);
    tf.tidy(() => {
      const image = tf.zeros([2, 2, 1]) as unknown as tf.Tensor4D;
      expect(() => cropAndFlip()(image, createRng(1))).toThrow(
        /"x" must be a tensor \[batch, height, width, channels\], found float32 \[2, 2, 1\]\. Add a batch/,
      );
    });
    expect(() => cropAndFlip()('x' as unknown as tf.Tensor4D, createRng(1))).toThrow(/found '/);
  });
});
