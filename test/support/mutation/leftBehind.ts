const held: number[] = [];

/** Holds a number while a function runs. For the test of mutation testing: one mutant holds it for ever. */
export function whileHeld<T>(value: number, body: () => T): T {
  held.push(value);
  try {
    return body();
  } finally {
    held.pop();
  }
}

/** What is held. */
export const heldNow = (): readonly number[] => [...held];
