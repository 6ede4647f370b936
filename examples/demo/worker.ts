import {errorOf, post, postStep, startEngine} from '../shared/engine';
import {runMethod, type RunResult} from './runMethod';
import type {Job} from './settings';

/** What a worker is given. */
export interface Task {
  readonly job: Job;
  readonly cacheFolder: string;
  /** Hash of the code that computes it. */
  readonly code: string;
}

/** Runs one task. Each process has a tfjs engine of its own, on one core. */
export async function run({job, cacheFolder, code}: Task): Promise<RunResult> {
  try {
    const backend = await startEngine(job.settings.backend);
    return await runMethod(job, {
      ...{cacheFolder, code, backend},
      watch: {
        onProgress: postStep,
        onEpoch: ({pgd20}) => {
          if (pgd20 !== undefined) post({kind: 'robust', accuracy: pgd20});
        },
      },
    });
  } catch (error) {
    throw errorOf(`${job.method}, seed ${job.seed}`, error);
  }
}
