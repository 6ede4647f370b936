import {at} from '../../core/at';

/** A pattern of values, row by row. */
export interface Pattern {
  readonly height: number;
  readonly width: number;
  readonly values: Float64Array;
}

/** Euclidean length. */
export const lengthOf = (values: Float64Array): number =>
  Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));

function unitLength({height, width, values}: Pattern): Pattern {
  const length = lengthOf(values);
  return {height, width, values: values.map((value) => value / length)};
}

/**
 * Nested rectangles around the middle, the k-th of height `1 / (k + 1)²`, before its length is
 * made 1.
 */
export function rawPyramid(height: number, width: number): Pattern {
  const values = new Float64Array(height * width);
  const middle = [Math.floor(height / 2), Math.floor(width / 2)] as const;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      // The first rectangle that reaches this entry; all later ones do too.
      const first = Math.max(Math.abs(row - middle[0]), Math.abs(column - middle[1]));
      for (let k = first; k <= Math.max(...middle); k++) {
        values[row * width + column] = at(values, row * width + column) + 1 / (k + 1) ** 2;
      }
    }
  }
  return {height, width, values};
}

/**
 * The L2 attack's pattern on a square: a pyramid above its negative, of length 1.
 *
 * @param side - At least 1.
 * @param transposed - The two side by side instead.
 * @see Andriushchenko et al. 2020, Square Attack, Sec. 3.4 and Fig. 3.
 */
export function squarePattern(side: number, transposed: boolean): Pattern {
  const above = Math.floor(side / 2);
  const values = new Float64Array(side * side);
  if (above > 0) values.set(unitLength(rawPyramid(above, side)).values);
  values.set(
    unitLength(rawPyramid(side - above, side)).values.map((value) => -value),
    above * side,
  );
  const pattern = unitLength({height: side, width: side, values});
  if (!transposed) return pattern;
  return {
    ...pattern,
    values: values.map((_, i) => at(pattern.values, (i % side) * side + Math.floor(i / side))),
  };
}

/** Where the tiles of the L2 start lie: side, first corner on both axes, rows and columns. */
export function startTiles(height: number, width: number) {
  const side = Math.floor(height / 5);
  return {
    side,
    first: Math.floor((height - 5 * side) / 2),
    rows: Math.floor(height / side),
    columns: Math.floor(width / side),
  };
}
