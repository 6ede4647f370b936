function refuse(list: ArrayLike<unknown>, index: number): never {
  throw new RangeError(`no entry ${index} in a list of ${list.length}`);
}

/**
 * Reads an entry that is there by construction. The result is typed without `undefined`, and it is
 * checked, so that a mistake in this package throws here instead of spreading as `NaN`. One
 * function serves every kind of list, which makes it slow, about 20 ns. Loops over examples use the
 * functions below, of one kind of list each. Loops over pixels read `values[i] ?? NaN`, which costs
 * nothing.
 *
 * @param list - An array, typed or not.
 * @param index - From 0 to `list.length - 1`.
 * @returns The entry.
 */
export function at<T>(list: ArrayLike<T>, index: number): T {
  const entry = list[index];
  if (entry === undefined) refuse(list, index);
  return entry;
}

// A function that only ever sees one kind of list is inlined and costs a tenth of a nanosecond.
// Keep these functions small: larger ones are not inlined into large functions.

/** Reads a `Float32Array` as {@link at} does, but fast. */
export const floatAt = (values: Float32Array, index: number): number =>
  values[index] ?? refuse(values, index);

/** Reads an `Int32Array` as {@link at} does, but fast. */
export const intAt = (values: Int32Array, index: number): number =>
  values[index] ?? refuse(values, index);

/** Reads bytes as {@link at} does, but fast. */
export const byteAt = (values: Uint8Array | Uint8ClampedArray, index: number): number =>
  values[index] ?? refuse(values, index);

/** Reads a plain array of numbers as {@link at} does, but fast. */
export const numberAt = (values: readonly number[], index: number): number =>
  values[index] ?? refuse(values, index);

/** Reads a plain array of objects as {@link at} does, but fast. */
export const itemAt = <T extends object>(items: readonly T[], index: number): T =>
  items[index] ?? refuse(items, index);

/**
 * Reads an entry of a record that is there by construction.
 *
 * @param record - Its own entries count, not those that every object inherits.
 * @param name - One of its keys.
 * @returns The entry.
 */
export function entryOf<T>(record: Readonly<Record<string, T>>, name: string): T {
  const entry = record[name];
  if (entry === undefined || !Object.hasOwn(record, name)) {
    throw new RangeError(`no entry "${name}" among ${Object.keys(record).join(', ')}`);
  }
  return entry;
}
