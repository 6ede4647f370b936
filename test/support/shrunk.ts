import * as fc from 'fast-check';

/**
 * What an arbitrary shrinks to when everything with `isBad` fails a test: found from several seeds,
 * which have to agree in the given aspect.
 */
export function shrunk<T, A = T>(
  arbitrary: fc.Arbitrary<T>,
  isBad: (value: T) => boolean,
  aspect: (value: T) => A = (value) => value as unknown as A,
): A {
  const found = [1, 2, 3].map((seed) => {
    const {counterexample} = fc.check(
      fc.property(arbitrary, (value) => !isBad(value)),
      // Shrinks even where the first failure is to end a run, as it is when mutants are run.
      {seed, numRuns: 2000, endOnFailure: false},
    );
    if (counterexample === null) throw new Error('Nothing bad was drawn.');
    return aspect(counterexample[0]);
  });
  const texts = new Set(found.map((value) => fc.stringify(value)));
  if (texts.size > 1) throw new Error(`It shrinks to ${[...texts].join(' and ')}.`);
  return found[0] as A;
}

/** The items in ascending order: where in a list a bad item stands may differ. */
export const sorted = (items: Iterable<number>): number[] => [...items].sort((a, b) => a - b);
