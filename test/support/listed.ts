import {expect} from 'vitest';

/** The attacks that give a verdict on each example: test/contracts/verdict.contract.test.ts has a line for each. */
export const ATTACKS_WITH_A_VERDICT = [
  'apgdAttack',
  'carliniWagnerAttack',
  'deepFoolAttack',
  'fabAttack',
  'restartedPgdAttack',
  'squareAttack',
] as const;

/**
 * Expects that the tables of a contract have every public function of a room: a new one that joins none
 * of them fails here.
 *
 * @param room - All that the room's `index.ts` exports.
 * @param listed - Names in the tables, and of functions that another table has; in any order, repeated or
 *   not.
 */
export function expectListed(room: object, listed: readonly string[]): void {
  const functions = Object.entries(room)
    .filter(([name, value]) => typeof value === 'function' && !name.endsWith('Error'))
    .map(([name]) => name);
  expect([...new Set(listed)].sort()).toEqual(functions.sort());
}
