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
  const lengths = axes.map((axis) => shape[axis] as number);
  const strides = axes.map((axis) => steps[axis] as number);
  const result = new Float32Array(values.length);
  let written = 0;
  const walk = (axis: number, from: number): void => {
    const length = lengths[axis] as number;
    const stride = strides[axis] as number;
    const isLast = axis === axes.length - 1;
    for (let i = 0, at = from; i < length; i++, at += stride) {
      if (isLast) result[written++] = values[at] as number;
      else walk(axis + 1, at);
    }
  };
  walk(0, 0);
  return result;
}

/** The order of axes that undoes `axes`. */
export const inverseOf = (axes: readonly number[]): number[] =>
  axes.map((_, axis) => axes.indexOf(axis));
