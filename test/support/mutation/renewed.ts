/** The numbers up to a bound. */
export const upTo = (bound: number): number[] => Array.from({length: bound}, (_, i) => i + 1);

/** Takes the last of some numbers. For the test of mutation testing. */
export function takeLast(numbers: number[]): number {
  return numbers.pop() ?? 0;
}
