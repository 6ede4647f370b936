import {errorOf, post, postStep, startEngine} from '../shared/engine';
import {runRow, type RunResult} from './runRow';
import type {Job} from './settings';

/** What a worker is given. */
export interface Task {
  readonly job: Job;
  /** Where checkpoints are. */
  readonly folder: string;
  /** Hash of the code that computes it. */
  readonly code: string;
}

/** Runs one row from one seed. */
export async function run({job, folder, code}: Task): Promise<RunResult> {
  try {
    const backend = await startEngine(job.settings.backend);
    return await runRow(job, {
      ...{folder, code, backend, onProgress: postStep},
      onMeasured: (pgd) => {
        post({kind: 'robust', accuracy: pgd});
      },
    });
  } catch (error) {
    throw errorOf(`${job.preset.id}, seed ${job.seed}`, error);
  }
}
