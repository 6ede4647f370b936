/** Values without repetitions, in the order of their first. */
export const distinct = <T>(values: readonly T[]): readonly T[] => [...new Set(values)];

export const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** A number as text, or the smallest and the largest of several: `'12,608 to 24,856'`. */
export function span(values: readonly number[]): string {
  const ends = distinct([Math.min(...values), Math.max(...values)]);
  return ends.map((value) => value.toLocaleString('en-US')).join(' to ');
}
