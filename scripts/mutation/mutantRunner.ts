/**
 * A runner for vitest that runs each test once as it is, and then once more for each mutant that it
 * reached and that no test has caught so far: in one process, so that nothing is loaded twice. A
 * mutant counts as killed if the test passes again without it.
 */
import {appendFileSync, existsSync, readFileSync, rmSync} from 'node:fs';
import path from 'node:path';
import {performance} from 'node:perf_hooks';

import fc from 'fast-check';
import {VitestTestRunner} from 'vitest/runners';
import {getFn, getHooks, type VitestRunner} from 'vitest/suite';

import {IDLE_TIMES, type Line, ownTestOf, type Plan} from './plan';

type Test = Parameters<NonNullable<VitestRunner['runTask']>>[0];
type Suite = NonNullable<Test['suite']>;
type Hits = Record<string, number>;

/** What code instrumented by Stryker reads and writes. */
interface Switches {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  hitCount?: number | undefined;
  hitLimit?: number | undefined;
  /** Of constants, by the id of the mutant; there once the module is loaded. */
  readonly constants?: Readonly<Record<string, (on: boolean) => void>>;
  /** Called with the mutants of a module when it has been loaded. */
  loaded?: (ids: readonly string[]) => void;
  mutantCoverage?: {readonly static: Hits; readonly perTest: Record<string, Hits>};
}

interface State {
  readonly plan: Plan;
  readonly alive: Set<string>;
}

const globals = globalThis as typeof globalThis & {
  __stryker__?: Switches;
  __mutation__?: State;
};
globals.__stryker__ ??= {};
const switches = globals.__stryker__;

function stateOf(): State {
  if (globals.__mutation__ !== undefined) return globals.__mutation__;
  const plan = JSON.parse(readFileSync(process.env['MUTATION_PLAN'] ?? '', 'utf8')) as Plan;
  const state = {plan, alive: new Set(plan.ids)};
  globals.__mutation__ = state;
  switches.activeMutant = plan.active;
  return state;
}

const {plan, alive} = stateOf();
// What these mutants do is seen in processes of their own.
let spoilt = plan.spoilt ?? [];
// The first failure is enough: a smaller example is for a reader.
fc.configureGlobal({...fc.readConfigureGlobal(), endOnFailure: true});

const tell = (line: Line): void => appendFileSync(plan.lines, `${JSON.stringify(line)}\n`);

const told = new Set<string>();

/** Tells which mutants were reached while no test was running: no test can switch them on in time. */
function tellLoaded(): void {
  const ids = Object.keys(switches.mutantCoverage?.static ?? {}).filter((id) => !told.has(id));
  for (const id of ids) told.add(id);
  if (ids.length > 0) tell({what: 'loaded', ids});
}

switches.loaded = tellLoaded;

// Where the processes that a test starts say which mutants they reached: see inChildren.mjs.
const CHILDREN = `${plan.lines}.children`;
process.env['MUTATION_CHILDREN'] = CHILDREN;
process.env['NODE_OPTIONS'] = `--import ${new URL('inChildren.mjs', import.meta.url).href}`;

/** The mutant that processes have which are started from now on. */
function activateInChildren(id: string | undefined): void {
  process.env['MUTATION_ACTIVE'] = id ?? '';
}

/** Mutants that the processes reached which a test has started. */
const reachedInChildren = (): string[] =>
  existsSync(CHILDREN) ? readFileSync(CHILDREN, 'utf8').split('\n').filter(Boolean) : [];

activateInChildren(plan.active);

/** Processor time of this process, in milliseconds: what other processes do does not count. */
function processorMs(): number {
  const {user, system} = process.cpuUsage();
  return (user + system) / 1000;
}

/** What a function may take, in milliseconds: of the processor, and of waiting for what comes from outside. */
interface Limits {
  readonly busyMs: number;
  readonly idleMs: number;
}

/** Time in which this process had nothing to do; while it waits for the processor it has. */
const idleMs = (): number => performance.eventLoopUtilization().idle;

/**
 * Whether a function ends well, badly, or not in time: it has used more of the processor than it may,
 * or waits for something that does not come.
 */
async function attempt(
  run: () => unknown,
  limits: Limits,
): Promise<'passed' | 'failed' | 'timeout'> {
  const [busyBefore, idleBefore] = [processorMs(), idleMs()];
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'timeout'>((resolve) => {
    timer = setInterval(() => {
      const isBusy = processorMs() - busyBefore > limits.busyMs;
      if (isBusy || idleMs() - idleBefore > limits.idleMs) resolve('timeout');
    }, 200);
  });
  try {
    const ended = Promise.resolve(run()).then(
      () => 'passed' as const,
      () => 'failed' as const,
    );
    return await Promise.race([ended, late]);
  } catch {
    return 'failed';
  } finally {
    clearInterval(timer);
  }
}

/** Suites that a test stands in, from within. */
function suitesOf(test: Test): Suite[] {
  const suites = [];
  for (let suite = test.suite; suite !== undefined; suite = suite.suite) suites.push(suite);
  return suites.includes(test.file) ? suites : [...suites, test.file];
}

/** Runs what vitest runs after each test and before each, so that a test finds what it found at first. */
async function renew(test: Test): Promise<void> {
  const suites = suitesOf(test);
  for (const suite of suites) {
    for (const hook of [...getHooks(suite).afterEach].reverse()) await hook(test.context, suite);
  }
  for (const suite of suites.reverse()) {
    for (const hook of getHooks(suite).beforeEach) await hook(test.context, suite);
  }
}

class MutantRunner extends VitestTestRunner implements VitestRunner {
  async runTask(test: Test): Promise<void> {
    const run = getFn(test) as () => unknown;
    if (plan.active !== undefined) {
      await run();
      return;
    }
    // What stands around tests has run by now: the body of a describe, and what is run before them.
    tellLoaded();
    switches.currentTestId = test.id;
    try {
      await this.runMutants(test, run);
    } finally {
      switches.currentTestId = undefined;
    }
  }

  /** Runs a test as it is, and then with each mutant that it reached. */
  private async runMutants(test: Test, run: () => unknown): Promise<void> {
    const [busyBefore, idleBefore] = [processorMs(), idleMs()];
    rmSync(CHILDREN, {force: true});
    await run();
    const limitMs = plan.timeoutMs + 10 * (processorMs() - busyBefore);
    const again = async () => {
      await renew(test);
      await run();
    };
    const limits = {
      busyMs: limitMs,
      idleMs: IDLE_TIMES * (plan.timeoutMs + idleMs() - idleBefore),
    };
    const reached = switches.mutantCoverage?.perTest[test.id] ?? {};
    // Who reads a constant is not counted: the test beside the file may, and whoever reaches another
    // mutant of it.
    const files = new Set(Object.keys(reached).map((id) => plan.files[id] ?? ''));
    const own = test.file.filepath;
    const constants = Object.keys(switches.constants ?? {})
      .filter(
        (id) =>
          files.has(plan.files[id] ?? '') || own.endsWith(`/${ownTestOf(plan.files[id] ?? '')}`),
      )
      .map((id) => [id, Infinity] as const);
    const inChildren = reachedInChildren().map((id) => [id, Infinity] as const);
    const all = [...Object.entries(reached), ...constants, ...inChildren];
    const hits = [...new Map(all.reverse()).entries()];
    const doubted = spoilt.filter((one) => one.test === test.id);
    if (doubted.length > 0 && (await attempt(again, limits)) !== 'passed') {
      tell({what: 'unrepeatable', test: test.id, name: test.name});
      spoilt = spoilt.filter((one) => !doubted.includes(one));
      return;
    }
    for (const [id, count] of hits) {
      if (!alive.has(id) || spoilt.some((one) => one.id === id)) continue;
      if (plan.isOwn === true && !own.endsWith(`/${ownTestOf(plan.files[id] ?? '')}`)) continue;
      tell({what: 'begun', id, limitMs});
      Object.assign(switches, {activeMutant: id, hitCount: 0, hitLimit: 1000 + 100 * count});
      switches.constants?.[id]?.(true);
      activateInChildren(id);
      const outcome = await attempt(again, limits);
      switches.constants?.[id]?.(false);
      activateInChildren(undefined);
      Object.assign(switches, {activeMutant: undefined, hitCount: undefined});
      if (outcome === 'passed') continue;
      // What still runs or was left behind would disturb the tests to come; another process goes on.
      if (outcome === 'timeout') {
        tell({what: 'timeout', id});
        process.kill(process.pid, 'SIGKILL');
      }
      if ((await attempt(again, limits)) !== 'passed') {
        tell({what: 'spoilt', id, test: test.id, file: path.relative(process.cwd(), own)});
        process.kill(process.pid, 'SIGKILL');
      }
      alive.delete(id);
      tell({what: 'killed', id, test: test.name});
    }
  }
}

export {MutantRunner as default};
