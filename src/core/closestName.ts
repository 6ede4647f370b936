// Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours.
function distance(a: string, b: string): number {
  const rows = Array.from({length: a.length + 1}, (_, i) =>
    Array.from({length: b.length + 1}, (__, j) => (i === 0 ? j : j === 0 ? i : 0)),
  );
  const at = (i: number, j: number): number => rows[i]?.[j] ?? Infinity;
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      const isSwap = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const cost = Math.min(
        at(i - 1, j) + 1,
        at(i, j - 1) + 1,
        at(i - 1, j - 1) + (same ? 0 : 1),
        isSwap ? at(i - 2, j - 2) + 1 : Infinity,
      );
      (rows[i] as number[])[j] = cost;
    }
  }
  return at(a.length, b.length);
}

const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');

/**
 * The known name that a misspelt one most likely means.
 *
 * @param name - What was written.
 * @param known - The names that there are.
 * @returns The closest one, whatever its case and hyphens; `undefined` if none is close.
 */
export function closestName(name: string, known: readonly string[]): string | undefined {
  const written = plain(name);
  let closest: string | undefined;
  let least = Math.max(1, Math.floor(written.length / 3)) + 1;
  for (const candidate of known) {
    const steps = distance(written, plain(candidate));
    if (steps < least) [closest, least] = [candidate, steps];
  }
  return closest;
}
