import {describeValue} from '../describeValue';
import {InvalidArgumentError} from '../errors';

/** Examples in memory: their values one after another, and the shape of one of them. */
export interface ExampleArray {
  readonly values: Float32Array;
  readonly shape: readonly number[];
  readonly count: number;
}

/**
 * Flattens nested arrays of numbers (or arrays of typed arrays), one entry for each example.
 *
 * @throws {@link InvalidArgumentError} if the nesting is not even or an entry is no finite number.
 */
export function exampleArray(where: string, x: unknown): ExampleArray {
  if (!Array.isArray(x) || x.length === 0 || !isList(x[0])) {
    throw wrong(where, Array.isArray(x) ? 'a flat array' : describeValue(x));
  }
  const shape: number[] = [];
  for (let part: unknown = x[0]; isList(part); part = part[0]) shape.push(part.length);
  const size = shape.reduce((product, length) => product * length, 1);
  const values = new Float32Array(x.length * size);
  let offset = 0;
  const flatten = (part: unknown, depth: number, place: string): void => {
    const length = shape[depth];
    if (length === undefined) {
      if (typeof part !== 'number' || !Number.isFinite(part)) {
        throw wrong(where, `${typeof part === 'number' ? part : describeValue(part)} at ${place}`);
      }
      values[offset++] = part;
      return;
    }
    if (!isList(part) || part.length !== length) {
      const found = isList(part) ? `${part.length} values` : describeValue(part);
      throw wrong(where, `${found} at ${place}, where the first example has ${length}`);
    }
    for (let i = 0; i < length; i++) flatten(part[i], depth + 1, `${place}[${i}]`);
  };
  x.forEach((example, i) => {
    flatten(example, 0, `x[${i}]`);
  });
  return {values, shape, count: x.length};
}

const isList = (value: unknown): value is ArrayLike<unknown> =>
  Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));

const wrong = (where: string, found: string): InvalidArgumentError =>
  new InvalidArgumentError({
    where,
    argument: 'x',
    expected: 'be a tensor [n, ...], or an array of n arrays of finite numbers, all of one shape',
    found,
    remedy: 'For bytes or floats in one typed array make a tensor, or use arrayDataset.',
  });
