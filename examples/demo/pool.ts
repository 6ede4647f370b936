import {join} from 'node:path';

import {runInPool, type JobIdentity, type JobWatch} from '../shared/pool';
import {codeHash} from './codeHash';
import type {RunResult} from './runMethod';
import {settingsOf, type Job} from './settings';
import type {Task} from './worker';

/**
 * Runs jobs of the demo on processes and returns their results in the order of the jobs. Each is kept
 * in `<folder>/runs` as it comes; jobs that differ only in settings that their method does not read
 * are one run.
 */
export function runJobs(
  jobs: readonly Job[],
  options: {
    readonly processes: number;
    readonly folder: string;
    readonly watch: JobWatch<Job>;
    readonly onResult?: (job: Job, result: RunResult) => void | Promise<void>;
    /** Asked before each job; the rest is left out once it is. */
    readonly isOver?: () => boolean;
  },
): Promise<RunResult[]> {
  const {folder, ...rest} = options;
  const cacheFolder = join(folder, 'runs');
  const code = codeHash();
  return runInPool<Job, RunResult>(jobs, {
    ...rest,
    worker: new URL('./worker.ts', import.meta.url),
    taskOf: (job): Task => ({job, cacheFolder, code}),
    identityOf: (job) => identityOf(job, code),
    cacheFolder,
  });
}

// What decides a run's numbers.
const identityOf = ({method, seed, settings}: Job, code: string): JobIdentity => ({
  ...{what: method, seed, settings: settingsOf(method, settings), code},
});
