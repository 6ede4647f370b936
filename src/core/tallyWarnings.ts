import type {AttackTally, AttackWarning} from './attackResult';

/** The tallies of two parts of an evaluation, added up. */
export function addTallies(
  a: readonly AttackTally[],
  b: readonly AttackTally[],
): readonly AttackTally[] {
  const sums = new Map<string, AttackTally>();
  for (const tally of [...a, ...b]) {
    const key = `${tally.code} ${tally.what}`;
    const before = sums.get(key);
    const detail = tally.detail ?? before?.detail;
    const details = (tally.detail?.count ?? 0) + (before?.detail?.count ?? 0);
    sums.set(key, {
      ...tally,
      count: tally.count + (before?.count ?? 0),
      total: tally.total + (before?.total ?? 0),
      ...(detail === undefined ? {} : {detail: {...detail, count: details}}),
    });
  }
  return [...sums.values()];
}

/** The warnings that tallies amount to, each code once. */
export function tallyWarnings(tallies: readonly AttackTally[]): AttackWarning[] {
  const warnings = new Map<string, AttackWarning>();
  for (const {code, what, advice, count, total, share, atLeast, detail} of tallies) {
    if (count < atLeast || count <= share * total || warnings.has(code)) continue;
    const percent = `${((100 * count) / total).toPrecision(2)} %`;
    const more = detail === undefined ? '' : ` ${detail.what} ${detail.count}.`;
    const message = `${what}: ${count} of ${total} examples (${percent}).${more}`;
    warnings.set(code, {code, message, advice});
  }
  return [...warnings.values()];
}

const ENOUGH_PER_CLASS = 100;

/** A warning about classes with too few examples to compare; none where every class has enough. */
export function fewExamples(totals: readonly number[]): AttackWarning[] {
  const few = totals.filter((total) => total < ENOUGH_PER_CLASS);
  if (few.length === 0) return [];
  return [
    {
      code: 'few-examples',
      message:
        `${few.length} classes have fewer than ${ENOUGH_PER_CLASS} examples, the smallest ` +
        `${Math.min(...few)}.`,
      advice: 'Do not compare figures of single classes: their intervals are wide.',
    },
  ];
}
