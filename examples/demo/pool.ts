import {createRequire} from 'node:module';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

import {Tinypool} from 'tinypool';

import {codeHash} from './codeHash';
import {fileCache} from './fileCache';
import type {RunResult} from './runMethod';
import {settingsOf, type Job} from './settings';
import type {Message, Task} from './worker';

const require = createRequire(import.meta.url);
/** The installed version of a package. */
export const versionOf = (name: string): string =>
  (require(`${name}/package.json`) as {version: string}).version;

/** What the pool reports of a job while it runs. */
export type JobWatch = (job: Job, message: Message) => void;

/**
 * Runs jobs on processes, each with a tfjs engine of its own on one core, and returns their results
 * in the order of the jobs. The results do not depend on how many run at a time. Each is kept in
 * `<folder>/runs` as it comes, so that a program that was killed goes on where it was; jobs that
 * differ only in settings that their method does not read are one run.
 */
export async function runJobs(
  jobs: readonly Job[],
  options: {
    readonly processes: number;
    readonly folder: string;
    readonly watch: JobWatch;
    readonly onResult?: (job: Job, result: RunResult) => void | Promise<void>;
    /** Asked before each job; the rest is left out once it is. */
    readonly isOver?: () => boolean;
  },
): Promise<RunResult[]> {
  const {processes, folder, watch, onResult, isOver = () => false} = options;
  const cacheFolder = join(folder, 'runs');
  const code = codeHash();
  const pool = new Tinypool({
    filename: new URL('./worker.ts', import.meta.url).href,
    name: 'run',
    runtime: 'child_process',
    ...{minThreads: 0, maxThreads: Math.min(processes, jobs.length)},
    execArgv: ['--import', fileURLToPath(import.meta.resolve('tsx'))],
    env: process.env as Record<string, string>,
    serialization: 'advanced',
  });
  const runOne = async (job: Job): Promise<RunResult> => {
    const cache = fileCache<RunResult>(cacheFolder, identityOf(job, code));
    const known = await cache.load();
    if (known !== undefined) return known;
    const task: Task = {job, cacheFolder, code};
    const channel = {
      postMessage: (message: Message) => {
        watch(job, message);
      },
    };
    const result = (await pool.run(task, {channel})) as RunResult;
    await cache.save(result);
    return result;
  };

  const results: (RunResult | undefined)[] = jobs.map(() => undefined);
  const running = new Map<string, Promise<RunResult>>();
  const queue = [...jobs.entries()];
  const takeJobs = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined && !isOver(); next = queue.shift()) {
      const [position, job] = next;
      const key = JSON.stringify(identityOf(job, code));
      const started = running.get(key) ?? runOne(job);
      running.set(key, started);
      const result = await started;
      results[position] = result;
      await onResult?.(job, result);
    }
  };
  try {
    await Promise.all(Array.from({length: processes}, takeJobs));
  } finally {
    await pool.destroy();
  }
  return results.filter((result) => result !== undefined);
}

// What decides a run's numbers.
const identityOf = ({method, seed, settings}: Job, code: string) => ({
  ...{what: method, seed, settings: settingsOf(method, settings), code},
});
