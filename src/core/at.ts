/**
 * An entry of a list that is there by construction. Typed without `undefined`, and checked: a
 * mistake of this package ends here and not in a `NaN`. For loops over pixels it is too slow, as one
 * function serves every kind of array.
 *
 * @param list - An array, typed or not.
 * @param index - From 0 to `list.length - 1`.
 * @returns The entry.
 */
export function at<T>(list: ArrayLike<T>, index: number): T {
  const entry = list[index];
  if (entry === undefined) throw new RangeError(`no entry ${index} in a list of ${list.length}`);
  return entry;
}
