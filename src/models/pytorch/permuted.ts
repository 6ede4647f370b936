import {at, numberAt} from '../../core/at';

/**
 * The values of a tensor with its axes in another order.
 *
 * @param values - Row-major, of `shape`.
 * @param shape - Length of each axis.
 * @param axes - For each axis of the result, the axis of `values` that it is.
 * @returns A new array, row-major.
 */
export function permuted(
  values: ArrayLike<number>,
  shape: readonly number[],
  axes: readonly number[],
): Float32Array {
  const steps = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const lengths = axes.map((axis) => at(shape, axis));
  const strides = axes.map((axis) => at(steps, axis));
  const result = new Float32Array(values.length);
  let written = 0;
  const walk = (axis: number, from: number): void => {
    const length = numberAt(lengths, axis);
    const stride = numberAt(strides, axis);
    const isLast = axis === axes.length - 1;
    for (let i = 0, place = from; i < length; i++, place += stride) {
      if (isLast) result[written++] = values[place] ?? NaN;
      else walk(axis + 1, place);
    }
  };
  walk(0, 0);
  return result;
}

/** The order of axes that undoes `axes`. */
export const inverseOf = (axes: readonly number[]): number[] =>
  axes.map((_, axis) => axes.indexOf(axis));
