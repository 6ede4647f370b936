import {execFileSync} from 'node:child_process';

import {inRandomOrder, isMutable, type Mutant, mutantsOf} from './mutants';
import {backendOf, nearTests} from './runAsTold';
import {type Outcome, runMutants} from './runMutants';

/** Lines of a file as it is now, outcomes from 1, both ends included. */
export interface LineRange {
  readonly file: string;
  readonly first: number;
  readonly last: number;
}

/** The lines that a diff without context (`--unified=0`) adds or changes. */
export function changedLines(diff: string): LineRange[] {
  const ranges: LineRange[] = [];
  let file = '';
  for (const line of diff.split('\n')) {
    const target = /^\+\+\+ (?:b\/(.+)|\/dev\/null)$/.exec(line);
    if (target !== null) file = target[1] ?? '';
    const hunk = /^@@ -\S+ \+(\d+)(?:,(\d+))? @@/.exec(line);
    if (hunk === null || !isMutable(file)) continue;
    const first = Number(hunk[1]);
    const length = Number(hunk[2] ?? 1);
    if (length > 0) ranges.push({file, first, last: first + length - 1});
  }
  return ranges;
}

/** Whether a mutant begins on one of the lines. */
export const isOnLines = ({file, start}: Mutant, ranges: readonly LineRange[]): boolean =>
  ranges.some(
    (range) => range.file === file && range.first <= start.line + 1 && start.line + 1 <= range.last,
  );

const git = (...words: readonly string[]): string =>
  execFileSync('git', words, {encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe']}).trim();

function hasCommit(commit: string): boolean {
  try {
    git('rev-parse', '--verify', '--quiet', `${commit}^{commit}`);
    return true;
  } catch {
    return false;
  }
}

/**
 * Where the changes of a run begin if nobody says so: the commit before this one. `undefined` where it
 * is not here, in a shallow clone or at the first commit.
 */
export const previousCommit = (): string | undefined =>
  hasCommit('HEAD~1') ? git('rev-parse', '--short', 'HEAD~1') : undefined;

const folderOf = ({file}: Mutant): string => file.split('/').slice(1, -1).join('/');

function byFolder(mutants: readonly Mutant[]): [folder: string, mutants: Mutant[]][] {
  const folders = new Map<string, Mutant[]>();
  for (const mutant of mutants) {
    const folder = folderOf(mutant);
    folders.set(folder, [...(folders.get(folder) ?? []), mutant]);
  }
  return [...folders];
}

/** Below this share of caught mutants a change is refused, if so many could be run. */
const LEAST_SCORE = 0.6;
const LEAST_MUTANTS = 10;
/** Folders that a run of a few minutes can start the tests of, and mutants of each. */
const MOST_FOLDERS = 3;
const MOST_MUTANTS = 30;

/**
 * Runs mutants of lines that changed since a commit, in a random order, as many as there is time for.
 * Sets the exit code where too few of them are caught.
 */
export async function runChanged(
  base: string | undefined,
  {minutes, seed}: {readonly minutes: number; readonly seed: number},
): Promise<void> {
  const deadline = performance.now() + 60_000 * minutes;
  if (base === undefined || !hasCommit(base)) {
    const missing = base ?? 'before this one';
    console.log(`No mutants of changed lines: there is no commit ${missing} in this clone.`);
    return;
  }
  const ranges = changedLines(git('diff', '--unified=0', '--find-renames', base, '--', 'src'));
  const files = [...new Set(ranges.map(({file}) => file))];
  const mutants = (await mutantsOf(files)).filter((mutant) => isOnLines(mutant, ranges));
  const outcomes: [Mutant, Outcome][] = [];
  const folders = byFolder(inRandomOrder(mutants, seed)).slice(0, MOST_FOLDERS);
  for (const [index, [folder, some]] of folders.entries()) {
    const now = performance.now();
    const run = {
      ...{tests: nearTests(folder), backend: backendOf(folder), timeoutMs: 20_000},
      deadline: now + (deadline - now) / (folders.length - index),
    };
    outcomes.push(...(await runMutants(some.slice(0, MOST_MUTANTS), run)));
  }
  report(base, mutants.length, outcomes);
}

function report(base: string, total: number, outcomes: readonly [Mutant, Outcome][]): void {
  const survived = outcomes.filter(([, outcome]) => outcome === 'survived');
  for (const [{file, start, mutator, replacement}] of survived) {
    console.log(`survived: ${file}:${start.line + 1} ${mutator}: ${replacement.slice(0, 80)}`);
  }
  const caught = outcomes.length - survived.length;
  console.log(
    `${total} mutants of lines changed since ${base}, ${outcomes.length} decided in time, ${caught} caught.`,
  );
  if (outcomes.length >= LEAST_MUTANTS && caught / outcomes.length < LEAST_SCORE)
    process.exitCode = 1;
}
