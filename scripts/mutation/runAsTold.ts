import {existsSync} from 'node:fs';

import type {Mutant} from './mutants';
import {ownTestOf} from './plan';
import {type MutantRun, type Outcome, runMutants} from './runMutants';

/** All unit tests; vitest.config.ts leaves out those that need a browser, the built package or documents. */
const ALL_TESTS = ['test/**/*.test.ts'];

/** A mutant is given this long beyond what its tests take, and the second time this. */
const TIMEOUT_MS = 5_000;
const SECOND_TIMEOUT_MS = 20_000;

/** The tests of a folder's own files. */
export function nearTests(folder: string): string[] {
  return existsSync(`test/${folder}`) ? [`test/${folder}/*.test.ts`] : wideTests(folder);
}

/** All unit tests of the room, and the contracts. */
function wideTests(folder: string): string[] {
  const [room = ''] = folder.split('/');
  return [`test/${room}/**/*.test.ts`, 'test/contracts/*.test.ts'];
}

/** The kernels are run as WebAssembly, all else by the plain backend. */
export const backendOf = (folder: string): string =>
  folder.startsWith('kernels') ? 'wasm' : 'cpu';

/**
 * Runs mutants of folders, all of one backend, against the tests beside them; what runs out of time is
 * run once more by itself.
 */
export async function runNear(
  folders: readonly string[],
  mutants: readonly Mutant[],
): Promise<Map<Mutant, Outcome>> {
  const backend = backendOf(folders[0] ?? '');
  const run = {backend, tests: [...new Set(folders.flatMap(nearTests))], isNear: true};
  const outcomes = await runMutants(mutants, {...run, timeoutMs: TIMEOUT_MS});
  for (const mutant of having(outcomes, 'timeout')) {
    const again = await runMutants([mutant], {...run, timeoutMs: SECOND_TIMEOUT_MS});
    for (const [, outcome] of again) outcomes.set(mutant, outcome);
  }
  return outcomes;
}

/**
 * Runs mutants against the tests that mirror their files, alone: each on the backend of its folder, or
 * what survives there on the other as well.
 */
export async function runOwn(
  mutants: readonly Mutant[],
  onBoth = false,
): Promise<Map<Mutant, Outcome>> {
  const outcomes = new Map<Mutant, Outcome>();
  for (const backend of ['cpu', 'wasm']) {
    const some = mutants.filter((mutant) =>
      onBoth
        ? (outcomes.get(mutant) ?? 'survived') === 'survived'
        : backendOf(mutant.file.slice('src/'.length)) === backend,
    );
    const found = await runMutants(some, {
      ...{backend, timeoutMs: TIMEOUT_MS, isNear: true, isOwn: true},
      tests: [...new Set(some.map(({file}) => ownTestOf(file)))],
    });
    for (const [mutant, outcome] of found) outcomes.set(mutant, outcome);
  }
  return outcomes;
}

const having = (outcomes: ReadonlyMap<Mutant, Outcome>, wanted: Outcome): Mutant[] =>
  [...outcomes].filter(([, outcome]) => outcome === wanted).map(([mutant]) => mutant);

/**
 * Runs what survived the tests beside it against all unit tests, on both backends. What runs when a module
 * is loaded is run on one backend against the tests of its room and the contracts: it takes a run of them
 * for each such mutant.
 */
export async function runWidely(mutants: readonly Mutant[]): Promise<Map<Mutant, Outcome>> {
  const outcomes = new Map<Mutant, Outcome>();
  const isOpen = (mutant: Mutant) => (outcomes.get(mutant) ?? 'survived') === 'survived';
  const add = async (some: readonly Mutant[], run: Omit<MutantRun, 'timeoutMs'>) => {
    for (const [mutant, outcome] of await runMutants(some, {...run, timeoutMs: TIMEOUT_MS})) {
      outcomes.set(mutant, outcome);
    }
  };
  for (const backend of ['cpu', 'wasm']) {
    await add(mutants.filter(isOpen), {backend, tests: ALL_TESTS, isWhole: true});
  }
  const loaded = mutants.filter((mutant) => !outcomes.has(mutant));
  for (const room of new Set(loaded.map(roomOf))) {
    const some = loaded.filter((mutant) => roomOf(mutant) === room);
    await add(some, {backend: backendOf(room), tests: wideTests(room)});
  }
  return outcomes;
}

/**
 * Runs what survived the tests beside it against all tests of its room and the contracts, on both
 * backends: less than all unit tests, at a fraction of the time.
 */
export async function runRooms(mutants: readonly Mutant[]): Promise<Map<Mutant, Outcome>> {
  const outcomes = new Map<Mutant, Outcome>();
  for (const room of new Set(mutants.map(roomOf))) {
    for (const backend of ['cpu', 'wasm']) {
      const some = mutants.filter(
        (mutant) => roomOf(mutant) === room && (outcomes.get(mutant) ?? 'survived') === 'survived',
      );
      const run = {backend, tests: wideTests(room), isWhole: true, timeoutMs: TIMEOUT_MS};
      for (const [mutant, outcome] of await runMutants(some, run)) outcomes.set(mutant, outcome);
    }
  }
  return outcomes;
}

const roomOf = ({file}: Mutant): string => file.split('/')[1] ?? '';
