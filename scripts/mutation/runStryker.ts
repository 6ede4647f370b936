import {spawn} from 'node:child_process';
import {existsSync, mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';

import {type Mutant, nameOf} from './mutants';

/** What became of a mutant. An `error` is one that cannot be run at all; it counts nowhere. */
export type Outcome = 'killed' | 'survived' | 'timeout' | 'error';

/** How a set of mutants is run. */
export interface StrykerRun {
  /** Globs of the tests. */
  readonly tests: readonly string[];
  readonly backend: string;
  /** Added to what the tests took without a mutant, in milliseconds. */
  readonly timeoutMs: number;
  /** When to stop, as `performance.now()` has it; what is decided by then counts. */
  readonly deadline?: number;
}

const FOLDER = 'reports/mutation';
const OUTCOMES: Readonly<Record<string, Outcome>> = {
  Killed: 'killed',
  Survived: 'survived',
  NoCoverage: 'survived',
  Timeout: 'timeout',
  RuntimeError: 'error',
};

const rangeOf = ({file, start, end}: Mutant): string =>
  `${file}:${start.line + 1}:${start.column}-${end.line + 1}:${end.column}`;

/**
 * Runs Stryker on some mutants, one at a time.
 *
 * @returns The outcome of those that were decided.
 * @throws If Stryker fails, as when a test is red without a mutant.
 */
export async function runStryker(
  mutants: readonly Mutant[],
  {tests, backend, timeoutMs, deadline = Infinity}: StrykerRun,
): Promise<Map<Mutant, Outcome>> {
  if (mutants.length === 0) return new Map();
  mkdirSync(FOLDER, {recursive: true});
  const [config, chosen, outcomes] = ['config', 'chosen', 'outcomes'].map(
    (name) => `${FOLDER}/${name}.json`,
  ) as [string, string, string];
  const byName = new Map(mutants.map((mutant) => [nameOf(mutant), mutant]));
  const base = JSON.parse(readFileSync('stryker.config.json', 'utf8')) as object;
  const run = {
    ...base,
    mutate: [...new Set(mutants.map(rangeOf))],
    plugins: ['@stryker-mutator/vitest-runner', './scripts/mutation/strykerPlugin.mjs'],
    checkers: ['chosen'],
    reporters: ['outcomes'],
    concurrency: 1,
    timeoutMS: timeoutMs,
    timeoutFactor: 3,
    dryRunTimeoutMinutes: 30,
    logLevel: 'warn',
  };
  writeFileSync(config, JSON.stringify(run, null, 1));
  writeFileSync(chosen, JSON.stringify([...byName.keys()]));
  rmSync(outcomes, {force: true});
  const status = await spawned(['stryker', 'run', config], deadline, {
    MUTATION_CHOSEN: `${process.cwd()}/${chosen}`,
    MUTATION_OUTCOMES: `${process.cwd()}/${outcomes}`,
    MUTATION_TESTS: tests.join(','),
    MUTATION_BACKEND: backend,
  });
  const decided = new Map<Mutant, Outcome>();
  const lines = existsSync(outcomes) ? readFileSync(outcomes, 'utf8').split('\n') : [];
  for (const line of lines.filter(Boolean)) {
    const {name, status: word} = JSON.parse(line) as {name: string; status: string};
    const mutant = byName.get(name);
    const outcome = OUTCOMES[word];
    if (mutant !== undefined && outcome !== undefined) decided.set(mutant, outcome);
  }
  if (status === 'failed' && decided.size === 0) {
    throw new Error(
      'Stryker failed: see its messages above. Are the tests green without a mutant?',
    );
  }
  return decided;
}

/** Runs a command of node_modules/.bin until it ends or time is up. */
function spawned(
  words: readonly string[],
  deadline: number,
  env: Readonly<Record<string, string>>,
): Promise<'done' | 'failed' | 'late'> {
  const child = spawn('npx', words, {
    stdio: 'inherit',
    env: {...process.env, ...env},
    detached: true,
  });
  // Stryker's workers are children of their own: the group is told as a whole.
  const stop = () => {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
  };
  return new Promise((resolve, reject) => {
    let isLate = false;
    const timer = Number.isFinite(deadline)
      ? setTimeout(
          () => {
            isLate = true;
            stop();
          },
          Math.max(0, deadline - performance.now()),
        )
      : undefined;
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      process.off('SIGTERM', stop);
      process.off('SIGINT', stop);
      resolve(isLate ? 'late' : code === 0 ? 'done' : 'failed');
    });
  });
}
