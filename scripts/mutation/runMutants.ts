import {spawn} from 'node:child_process';
import {existsSync, mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';

import {instrumented, type Mutant} from './mutants';
import {CLOCK_TIMES, type Line, ownTestOf, type Plan} from './plan';

/** What became of a mutant. */
export type Outcome = 'killed' | 'survived' | 'timeout';

/** How a set of mutants is run. */
export interface MutantRun {
  /** Globs of the tests. */
  readonly tests: readonly string[];
  readonly backend: string;
  /** As in {@link Plan}. */
  readonly timeoutMs: number;
  /**
   * Whether these are all tests: one that is red without a mutant is told and asked nothing, and what
   * runs when a module is loaded has no outcome, since it takes a run of them for each such mutant.
   */
  readonly isWhole?: boolean;
  /** Whether the test beside its file is enough for a mutant that takes a process of its own. */
  readonly isNear?: boolean;
  /** As in {@link Plan}. */
  readonly isOwn?: boolean;
  /** When to stop, as `performance.now()` has it: only what was caught by then has an outcome. */
  readonly deadline?: number;
}

// Its own: two runs at a time must not read each other.
const FOLDER = `reports/mutation/${process.pid}`;
const PLAN = `${FOLDER}/plan.json`;
const LINES = `${FOLDER}/lines.jsonl`;

/**
 * Runs mutants against tests, one at a time: all that tests reach in one process, and those that
 * are reached when a module is loaded in a process each.
 *
 * @throws If a test is red without a mutant.
 */
export async function runMutants(
  mutants: readonly Mutant[],
  run: MutantRun,
): Promise<Map<Mutant, Outcome>> {
  const outcomes = new Map<Mutant, Outcome>();
  if (mutants.length === 0) return outcomes;
  mkdirSync(FOLDER, {recursive: true});
  const {sources, byId} = await instrumented(mutants);
  const files = Object.fromEntries([...byId].map(([id, {file}]) => [id, file]));
  const loaded = new Set<string>();
  // Tests that failed again without the mutant that they had failed with.
  const spoilt: SpoiltTest[] = [];
  const note = (id: string, outcome: Outcome) => {
    const mutant = byId.get(id);
    if (mutant !== undefined) outcomes.set(mutant, outcome);
  };
  const alive = () => [...byId].flatMap(([id, mutant]) => (outcomes.has(mutant) ? [] : [id]));
  let end: End = {how: 'cut'};
  while (end.how === 'cut') {
    const ids = alive();
    if (ids.length === 0) return outcomes;
    const before = ids.length - spoilt.length;
    const {isOwn, timeoutMs} = run;
    const plan = {sources, ids, files, spoilt, isOwn, lines: LINES, timeoutMs};
    end = await runTests(plan, run);
    for (const line of readLines()) {
      if (line.what === 'killed' || line.what === 'timeout') note(line.id, line.what);
      if (line.what === 'loaded') for (const id of line.ids) loaded.add(id);
      if (line.what === 'spoilt') spoilt.push(line);
      if (line.what !== 'unrepeatable') continue;
      console.log(`not repeatable: ${line.name}`);
      for (const one of spoilt) if (one.test === line.test) one.isRepeatable = false;
    }
    if (end.how === 'cut' && end.hung !== undefined) note(end.hung, 'timeout');
    if (end.how === 'cut' && alive().length - spoilt.length === before)
      throw new Error('The tests broke off.');
    if (end.how === 'red' && run.isWhole !== true)
      throw new Error('A test is red without a mutant: see above.');
  }
  if (end.how === 'late') return outcomes;
  for (const id of alive()) {
    const left = spoilt.find((one) => one.id === id && one.isRepeatable !== false);
    if (!loaded.has(id) && left === undefined) {
      note(id, 'survived');
      continue;
    }
    if (run.isWhole === true) continue;
    const plan = {sources, files, ids: [], lines: LINES, timeoutMs: run.timeoutMs, active: id};
    // A process each. Of a mutant that spoilt a test: that file. Else the test beside the mutant's file
    // alone, if there is one and not all tests of the room are wanted.
    const own = left?.file ?? (run.isNear === true ? ownTest(byId.get(id)) : undefined);
    const {how} = await runTests(plan, own === undefined ? run : {...run, tests: [own]});
    if (how === 'late') return outcomes;
    note(id, how === 'green' ? 'survived' : how === 'red' ? 'killed' : 'timeout');
  }
  return outcomes;
}

/** A test that failed with a mutant, and again without it. */
interface SpoiltTest {
  readonly id: string;
  readonly test: string;
  readonly file: string;
  isRepeatable?: boolean;
}

/** The test beside a mutant's file, if there is one. */
function ownTest(mutant: Mutant | undefined): string | undefined {
  const test = mutant && ownTestOf(mutant.file);
  return test !== undefined && existsSync(test) ? test : undefined;
}

/** How a process ended: its tests green or red, out of time, or cut off, by a test that hung or died. */
type End =
  | {readonly how: 'green' | 'red' | 'late'}
  | {readonly how: 'cut'; readonly hung?: string | undefined};

function readLines(): Line[] {
  const text = existsSync(LINES) ? readFileSync(LINES, 'utf8') : '';
  // The last line may have been cut off.
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line);
}

/** Longest that one process with a mutant from the start may take, in milliseconds. */
const LOADED_MS = 3_600_000;
const GRACE_MS = 30_000;

async function runTests(
  plan: Plan,
  {tests, backend, deadline = Infinity}: MutantRun,
): Promise<End> {
  rmSync(LINES, {force: true});
  writeFileSync(PLAN, JSON.stringify(plan));
  const isLoaded = plan.active !== undefined;
  const words = ['vitest', 'run', '--config', 'scripts/mutation/vitest.config.ts'];
  const more = isLoaded ? ['--bail', '1', '--reporter', 'dot', '--silent'] : ['--reporter', 'dot'];
  const child = spawn('npx', [...words, ...more], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      ...{MUTATION_PLAN: PLAN, MUTATION_TESTS: tests.join(','), MUTATION_BACKEND: backend},
    },
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data: Buffer) => (output = (output + data.toString()).slice(-4000)));
  }
  // vitest's workers are children of their own: the group is told as a whole.
  const stop = () => {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  };
  const started = performance.now();
  let why: 'late' | 'hung' | undefined;
  let hung: string | undefined;
  let [seen, since] = [0, started];
  const watch = setInterval(() => {
    const now = performance.now();
    const lines = isLoaded ? [] : readLines();
    if (lines.length !== seen) [seen, since] = [lines.length, now];
    const last = lines.at(-1);
    const limit = last?.what === 'begun' ? CLOCK_TIMES * last.limitMs + GRACE_MS : Infinity;
    if (now > deadline) why = 'late';
    else if (now - since > limit || (isLoaded && now - started > LOADED_MS)) {
      why = 'hung';
      hung = last?.what === 'begun' ? last.id : undefined;
    } else return;
    stop();
  }, 1000);
  const quit = () => {
    stop();
    process.exit(130);
  };
  process.once('SIGTERM', quit);
  process.once('SIGINT', quit);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  clearInterval(watch);
  process.off('SIGTERM', quit);
  process.off('SIGINT', quit);
  if (why === 'late') return {how: 'late'};
  if (why === 'hung') return {how: 'cut', hung};
  // A test that is out of time or spoilt ends its process, which vitest may take for the end of the tests.
  const last = readLines().at(-1)?.what;
  if (!isLoaded && (last === 'timeout' || last === 'spoilt')) return {how: 'cut'};
  if (code === 0) return {how: 'green'};
  if (isLoaded) return {how: 'red'};
  console.log(output);
  return {how: 'red'};
}
