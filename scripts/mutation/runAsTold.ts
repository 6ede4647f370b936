import {existsSync} from 'node:fs';

import type {Mutant} from './mutants';
import {type Outcome, runMutants} from './runMutants';

/** Rooms whose contracts are tested by tables in test/contracts. */
const WITH_CONTRACTS = ['attacks', 'losses', 'methods', 'training', 'samplers'];

/** A mutant is given this long beyond what its tests take, and the second time this. */
const TIMEOUT_MS = 20_000;
const SECOND_TIMEOUT_MS = 60_000;

/** The tests of a folder's own files. */
export function nearTests(folder: string): string[] {
  return existsSync(`test/${folder}`) ? [`test/${folder}/*.test.ts`] : wideTests(folder);
}

/** All unit tests of the room, and the contracts that it is under. */
function wideTests(folder: string): string[] {
  const [room = ''] = folder.split('/');
  const contracts = WITH_CONTRACTS.includes(room) ? ['test/contracts/*.test.ts'] : [];
  return [`test/${room}/**/*.test.ts`, ...contracts];
}

/** The kernels are run as WebAssembly, all else by the plain backend. */
export const backendOf = (folder: string): string =>
  folder.startsWith('kernels') ? 'wasm' : 'cpu';

/** How mutants of a folder are run. */
export interface Told {
  /** Whether what survives is run again against all tests of the room. */
  readonly widely: boolean;
}

/**
 * Runs mutants of one folder against the tests beside it, and `widely` against all of the room's;
 * what runs out of time is run once more by itself.
 */
export async function runAsTold(
  folder: string,
  mutants: readonly Mutant[],
  {widely}: Told,
): Promise<Map<Mutant, Outcome>> {
  const backend = backendOf(folder);
  const run = {backend, timeoutMs: TIMEOUT_MS};
  const [near, wide] = [nearTests(folder), wideTests(folder)];
  const outcomes = await runMutants(mutants, {...run, tests: near});
  const having = (wanted: Outcome) =>
    [...outcomes].filter(([, outcome]) => outcome === wanted).map(([mutant]) => mutant);
  if (widely && String(wide) !== String(near)) {
    const again = await runMutants(having('survived'), {...run, tests: wide});
    for (const [mutant, outcome] of again) outcomes.set(mutant, outcome);
  }
  for (const mutant of having('timeout')) {
    const tests = near;
    const again = await runMutants([mutant], {backend, timeoutMs: SECOND_TIMEOUT_MS, tests});
    for (const [, outcome] of again) outcomes.set(mutant, outcome);
  }
  return outcomes;
}
