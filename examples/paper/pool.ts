import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

import {codeHash} from '../shared/codeHash';
import {runInPool, type JobIdentity, type JobWatch} from '../shared/pool';
import {teacherKeyOf, type RunResult} from './runRow';
import type {Job} from './settings';
import type {Task} from './worker';

const HERE = fileURLToPath(new URL('.', import.meta.url));

// What of the example decides the numbers of a run; the rest only shows them.
const COMPUTING = ['data', 'measure', 'runRow'];

/**
 * Runs trainings on processes. Results are kept in `<folder>/runs` and checkpoints of every epoch in
 * `<folder>/checkpoints`: started again with the same settings, the program goes on where it was, also
 * when its code has changed since. The results say which code computed them.
 */
export function runJobs(
  jobs: readonly Job[],
  options: {
    readonly processes: number;
    readonly folder: string;
    readonly watch: JobWatch<Job>;
    readonly onResult?: (job: Job, result: RunResult) => void | Promise<void>;
    readonly isOver?: () => boolean;
  },
): Promise<RunResult[]> {
  const {folder, ...rest} = options;
  const code = codeHash(COMPUTING.map((name) => join(HERE, `${name}.ts`)));
  return runInPool<Job, RunResult>(jobs, {
    ...rest,
    worker: new URL('./worker.ts', import.meta.url),
    taskOf: (job): Task => ({job, folder: join(folder, 'checkpoints'), code}),
    identityOf,
    cacheFolder: join(folder, 'runs'),
    sharedBy: (job) => (job.preset.teacher === null ? undefined : teacherKeyOf(job)),
    isShared: (message) => message.kind === 'step' && message.phase !== 'teacher',
  });
}

/** What decides a run's numbers. */
export const identityOf = ({preset, seed, epsilon, settings}: Job): JobIdentity => ({
  ...{what: preset.id, seed, preset, epsilon, settings},
});
