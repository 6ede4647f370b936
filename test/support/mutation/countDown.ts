/** Counts down, a few milliseconds each: with `left++` it never ends. For the test of mutation testing. */
export async function countDown(from: number): Promise<number> {
  let left = from;
  while (left > 0) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    left--;
  }
  return left;
}

/** What is tested after it. */
export const isDone = (left: number): boolean => left <= 0;
