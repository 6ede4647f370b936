import {existsSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

import {checkText} from '../core/checks/checkForm';
import {checkCount} from '../core/checks/checkTensors';
import {describeValue} from '../core/describeValue';
import {InvalidArgumentError} from '../core/errors';
import {type Defaults, isPlainObject, withDefaults} from '../core/options';
import type {RunControl} from '../core/progress';
import type {EvaluationShard} from '../metrics/evaluateShard';
import {mergeShards} from '../metrics/mergeShards';
import type {RobustnessReport} from '../metrics/robustnessReport';
import type {PoolMessage, PoolPart} from './pooledEvaluation';
import {runInProcesses} from './processPool';
import {messageOf} from './regularFile';

const WHERE = 'evaluateInPool';

/** Options of {@link evaluateInPool}. */
export interface EvaluateInPoolOptions extends RunControl {
  /** Processes. @defaultValue undefined, one for each processor */
  readonly workers?: number | undefined;
  /**
   * Parts that the examples are split into; a process takes the next one when it is done.
   * @defaultValue undefined, four for each process
   */
  readonly shards?: number | undefined;
  /** What the module is told: plain data. @defaultValue undefined */
  readonly task?: object | string | number | boolean | null | undefined;
  /** Which export of the module. @defaultValue 'default' */
  readonly exportName?: string | undefined;
  /**
   * Options of Node for the processes: `['--import', 'tsx']` for a module in TypeScript.
   * @defaultValue undefined, those of this process
   */
  readonly execArgv?: readonly string[] | undefined;
}

const DEFAULTS: Defaults<
  EvaluateInPoolOptions,
  'workers' | 'shards' | 'task' | 'execArgv' | keyof RunControl
> = {
  workers: undefined,
  shards: undefined,
  task: undefined,
  exportName: 'default',
  execArgv: undefined,
  signal: undefined,
  onProgress: undefined,
};

/**
 * `evaluateRobustness` in several processes on this machine: the report is the one that a single
 * process would make, to the last bit on the same backend, however many there are. AutoAttack is split
 * likewise, as the attack `autoAttackForEvaluation(...)`. The processes are those of the package
 * [tinypool](https://github.com/tinylibs/tinypool), an optional peer: `npm install tinypool`.
 *
 * Each process loads the module, the model and the data, and has a backend of its own: count that
 * memory once for each. Threads (`startWasmThreads`) share them, but only parts of an operation run side
 * by side. None of the processes outlives the call, nor the process that made it.
 *
 * @param module - Path or file URL of a module that exports what {@link pooledEvaluation} returns.
 *   It must not be the running program itself.
 * @param options - See {@link EvaluateInPoolOptions}. `onProgress` has the parts that are done, and as
 *   `metrics.fraction` the share of all work, from 0 to 1; it is called after every batch of a part and
 *   not waited for.
 * @returns The report.
 * @throws {@link PooledPartError} if a worker throws or its process ends; it names the part. The
 *   others are ended then.
 * @throws {@link InvalidArgumentError} if the package or the module is missing, an option is out of
 *   range, or parts differ because the attacks have no `rng`. The reason of `signal` and what
 *   `onProgress` throws reject the call as they are.
 * @example
 * ```ts no-run starts processes
 * import {evaluateInPool} from 'lt-robust/node';
 *
 * const report = await evaluateInPool(new URL('./evaluation.mjs', import.meta.url), {
 *   workers: 4,
 *   task: {epsilon: 8 / 255},
 * });
 * report.clean.accuracy;
 * ```
 */
export async function evaluateInPool(
  module: string | URL,
  options: EvaluateInPoolOptions = {},
): Promise<RobustnessReport> {
  const settings = withDefaults<typeof DEFAULTS>(WHERE, DEFAULTS, options);
  const {task, exportName, signal, onProgress} = settings;
  const workers = settings.workers ?? os.availableParallelism();
  checkCount(WHERE, 'workers', workers);
  const of = settings.shards ?? 4 * workers;
  checkCount(WHERE, 'shards', of);
  checkText(WHERE, 'exportName', exportName);
  const file = fileOf(module);
  checkTask(task);
  const fractions = new Array<number>(of).fill(0);
  let done = 0;
  const tell = () =>
    onProgress?.({
      ...{phase: 'evaluate', done, total: of, unit: 'part'},
      metrics: {fraction: fractions.reduce((sum, each) => sum + each, 0) / of},
    });
  const parts = fractions.map((_, i) => ({
    ...{format: 'lt-robust pool part 1', task, shard: {part: i + 1, of}},
  })) satisfies PoolPart[];
  const results = await runInProcesses(parts, {
    ...{where: WHERE, file, exportName, workers, signal},
    execArgv: checkExecArgv(settings.execArgv) ?? ownExecArgv(),
    onMessage(message) {
      if (!isProgress(message)) return;
      fractions[message.part - 1] = message.fraction;
      return tell();
    },
    onDone() {
      done++;
      return tell();
    },
  });
  return mergeShards(results.map((result) => checkResult(result, file)));
}

function fileOf(module: string | URL): string {
  const refuse = (expected: string, found: string): never => {
    throw new InvalidArgumentError({
      ...{where: WHERE, argument: 'module', expected, found},
      remedy: "Pass new URL('./evaluation.mjs', import.meta.url).",
    });
  };
  if (typeof module !== 'string' && !(module instanceof URL)) {
    return refuse('be a path or a file URL', describeValue(module));
  }
  const text = String(module);
  const isUrl = module instanceof URL || text.startsWith('file:');
  if (isUrl && !text.startsWith('file:')) return refuse('be a path or a file URL', text);
  const file = isUrl ? fileURLToPath(text) : path.resolve(text);
  return text !== '' && existsSync(file) ? file : refuse('be there', `no file ${file}`);
}

function checkTask(task: unknown): void {
  try {
    structuredClone(task);
  } catch (error) {
    throw new InvalidArgumentError({
      ...{where: WHERE, argument: 'task', found: `something else (${messageOf(error)})`},
      expected: 'be data that can be sent to another process',
      remedy: 'Pass names, numbers and paths; make functions and tensors in the module.',
    });
  }
}

function checkExecArgv(given: unknown): readonly string[] | undefined {
  if (given === undefined) return undefined;
  // every passes over gaps, includes does not.
  const isWhole = Array.isArray(given) && !given.includes(undefined);
  if (isWhole && given.every((each) => typeof each === 'string')) return given;
  throw new InvalidArgumentError({
    ...{where: WHERE, argument: 'execArgv', found: describeValue(given)},
    expected: 'be an array of strings',
    remedy: "Pass ['--import', 'tsx'], say.",
  });
}

// A debugger has one port, and the program itself may have come from the command line.
const ownExecArgv = (): string[] =>
  process.execArgv.filter((each) => !/^--(inspect|input-type)/.test(each));

const isProgress = (message: unknown): message is PoolMessage =>
  isPlainObject(message) && message['format'] === 'lt-robust pool progress 1';

function checkResult(result: unknown, file: string): EvaluationShard {
  if (isPlainObject(result) && 'evaluation' in result) return result as unknown as EvaluationShard;
  throw new InvalidArgumentError({
    ...{where: WHERE, argument: 'module', found: describeValue(result)},
    expected: 'export what pooledEvaluation returns',
    remedy: `Write "export default pooledEvaluation(...)" in ${file}.`,
  });
}
