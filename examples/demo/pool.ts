import {fork, type ChildProcess} from 'node:child_process';
import {fileURLToPath} from 'node:url';

import type {RunResult} from './runMethod';
import type {Job} from './settings';
import type {Message} from './worker';

const WORKER = fileURLToPath(new URL('./worker.ts', import.meta.url));

/** What the pool reports of a job while it runs. */
export type JobWatch = (job: Job, message: Message) => void;

/**
 * Runs jobs on processes, each with a tfjs engine of its own on one core, and returns their results
 * in the order of the jobs. The results do not depend on how many run at a time.
 */
export async function runJobs(
  jobs: readonly Job[],
  atOnce: number,
  watch: JobWatch,
): Promise<{results: RunResult[]; backend: string}> {
  const results: RunResult[] = [];
  const workers: ChildProcess[] = [];
  let backend = '';
  let next = 0;

  const serve = async (): Promise<void> => {
    const worker = fork(WORKER, {execArgv: ['--import', 'tsx'], serialization: 'advanced'});
    workers.push(worker);
    while (next < jobs.length) {
      const position = next++;
      const done = await runOn(worker, jobs[position] as Job, watch);
      results[position] = done.result;
      backend = done.backend;
    }
  };
  try {
    await Promise.all(Array.from({length: Math.min(atOnce, jobs.length)}, serve));
  } finally {
    for (const worker of workers) worker.kill();
  }
  return {results, backend};
}

function runOn(worker: ChildProcess, job: Job, watch: JobWatch) {
  return new Promise<{result: RunResult; backend: string}>((resolve, reject) => {
    const name = `${job.method}, seed ${job.seed}`;
    const finish = (settle: () => void) => {
      worker.removeAllListeners('message');
      worker.removeAllListeners('exit');
      worker.removeAllListeners('error');
      settle();
    };
    worker.on('message', (message: Message) => {
      watch(job, message);
      if (message.kind === 'done') {
        finish(() => {
          resolve(message);
        });
      }
      if (message.kind === 'failed') {
        finish(() => {
          reject(new Error(`${name}: ${message.message}`));
        });
      }
    });
    worker.on('exit', (code, signal) => {
      finish(() => {
        reject(new Error(`${name}: the process ended (${signal ?? code ?? 'unknown'})`));
      });
    });
    worker.on('error', (error) => {
      finish(() => {
        reject(new Error(`${name}: the process could not be started or reached`, {cause: error}));
      });
    });
    worker.send(job);
  });
}
