import {fc} from '@fast-check/vitest';
import {describe, expect, it} from 'vitest';

import {
  rotate,
  shearX,
  shearY,
  translateX,
  translateY,
} from '../../../src/data/augment/moveOperations';

/** Grey image from rows of bytes. */
const grey = (rows: number[][]) => ({
  data: Uint8Array.from(rows.flat()),
  ...{height: rows.length, width: rows[0]!.length, channels: 1},
});

const square = grey([
  [1, 2, 3],
  [4, 5, 6],
  [7, 8, 9],
]);

// Results against torchvision: imageOperation.test.ts. Here what needs no reference.
describe('moves', () => {
  it('shift by whole pixels and leave black behind', () => {
    expect([...translateX(square, 1.9).data]).toEqual([0, 1, 2, 0, 4, 5, 0, 7, 8]);
    expect([...translateX(square, -1.9).data]).toEqual([2, 3, 0, 5, 6, 0, 8, 9, 0]);
    expect([...translateY(square, 2).data]).toEqual([0, 0, 0, 0, 0, 0, 1, 2, 3]);
    expect([...translateY(square, -3).data]).toEqual(Array(9).fill(0));
  });

  it('turn by a right angle counter-clockwise', () => {
    expect([...rotate(square, 90).data]).toEqual([3, 6, 9, 2, 5, 8, 1, 4, 7]);
    expect([...rotate(square, 180).data]).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1]);
    expect(rotate(square, 0)).toBe(square);
  });

  it('shear by whole pixels per row', () => {
    // Row y comes from y + 1/2 further right; halves go to the even pixel.
    const {data} = shearX(
      grey([
        [1, 2, 3, 4, 5, 6],
        [1, 2, 3, 4, 5, 6],
        [1, 2, 3, 4, 5, 6],
      ]),
      0.8,
    );
    expect([...data]).toEqual([1, 2, 3, 4, 5, 6, 2, 3, 4, 5, 6, 0, 3, 4, 5, 6, 0, 0]);
  });

  it.each([1, -1, 3, -3, -0.6])('shear by %d: halves go to the even pixel', (amount) => {
    const rows = [11, 21, 31].map((first) => Array.from({length: 8}, (_, x) => first + x));
    const even = (value: number) => {
      const below = Math.floor(value);
      return Math.abs(value - below - 0.5) < 1e-9 ? below + (below % 2 && 1) : Math.round(value);
    };
    const expected = rows.flatMap((row, y) =>
      row.map((_, x) => row[even(x + amount * (y + 0.5))] ?? 0),
    );
    expect([...shearX(grey(rows), amount).data]).toEqual(expected);
  });

  it('shear y as the transposed image along x', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({minLength: 30, maxLength: 30}),
        fc.double({min: -0.3, max: 0.3, noNaN: true}),
        (bytes, amount) => {
          const image = {data: bytes, height: 5, width: 6, channels: 1};
          const transpose = (data: Uint8Array, height: number, width: number) =>
            Uint8Array.from(data, (_, i) => data[(i % height) * width + Math.floor(i / height)]!);
          const transposed = {data: transpose(bytes, 5, 6), height: 6, width: 5, channels: 1};
          const sheared = shearX(transposed, amount);
          expect(shearY(image, amount).data).toEqual(transpose(sheared.data, 6, 5));
        },
      ),
      {numRuns: 50},
    );
  });
});
