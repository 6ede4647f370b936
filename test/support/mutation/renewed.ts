/** Takes the last of some numbers. For the test of mutation testing. */
export function takeLast(numbers: number[]): number {
  return numbers.pop() ?? 0;
}
