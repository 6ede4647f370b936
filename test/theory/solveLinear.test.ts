import {fc} from '@fast-check/vitest';
import {describe, expect, it} from 'vitest';

import {solveLinear} from '../../src/theory/solveLinear';
import {expectClose} from '../support/tensors';

describe('solveLinear', () => {
  it('solves what it solves', () => {
    const entries = fc.array(fc.double({min: -5, max: 5, noNaN: true}), {
      minLength: 9,
      maxLength: 9,
    });
    fc.assert(
      fc.property(entries, ([a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0, i = 0]) => {
        // Diagonally dominant, so that it is regular; rows swapped, so that pivots are sought.
        const matrix = [
          [d, 30 + e, f],
          [30 + a, b, c],
          [g, h, 30 + i],
        ];
        const x = [1, -2, 0.5];
        const right = matrix.map((row) => row.reduce((sum, v, k) => sum + v * (x[k] as number), 0));
        expectClose(solveLinear(matrix, right) ?? [], x, 1e-12);
      }),
    );
  });

  it('sees that a matrix is singular', () => {
    expect(
      solveLinear(
        [
          [1, 2],
          [2, 4],
        ],
        [1, 2],
      ),
    ).toBeUndefined();
    expect(solveLinear([[0]], [1])).toBeUndefined();
  });

  it('sees that a matrix is singular up to rounding, measured by its largest entry', () => {
    const almost = (scale: number) =>
      solveLinear(
        [
          [scale, scale, 0],
          [scale, scale * (1 + 4e-16), 0],
          [0, 0, scale],
        ],
        [1, 2, 3],
      );
    expect(almost(1)).toBeUndefined();
    expect(almost(1e-8)).toBeUndefined();
    expect(solveLinear([[1e-8]], [1])).toEqual([1e8]);
    // The right side is no entry of the matrix.
    expect(solveLinear([[2e-8]], [1e8])).toEqual([5e15]);
    // An entry is compared by its size, not by its sign.
    expect(solveLinear([[-4, 0], [0, -1e-15]], [8, 1])).toBeUndefined(); // prettier-ignore
  });

  it('swaps rows where the first pivot is 0 or negative, and changes neither argument', () => {
    const matrix = [[0, 2, 1], [-4, 0, 0], [1, 0, 1]]; // prettier-ignore
    const right = [7, -4, 4];
    expectClose(solveLinear(matrix, right) ?? [], [1, 2, 3], 1e-14);
    expect([matrix, right]).toEqual([[[0, 2, 1], [-4, 0, 0], [1, 0, 1]], [7, -4, 4]]); // prettier-ignore
    expect(solveLinear([], [])).toEqual([]);
  });

  it('keeps its digits where the first pivot is tiny', () => {
    // With 1e-12 as the pivot, rounding beside 1e12 would leave four digits of the first unknown.
    expectClose(solveLinear([[1e-12, 1], [1, 1]], [1, 2]) ?? [], [1, 1], 1e-11); // prettier-ignore
  });
});
