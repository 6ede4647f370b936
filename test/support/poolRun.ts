/** Runs jobs on a pool, as the programs of the examples do it, and prints what was told in which order. */
import {join} from 'node:path';

import {runInPool, type PoolOptions} from '../../examples/shared/pool';
import type {PoolTask} from './poolWorker';

const [, , cacheFolder = ''] = process.argv;

async function ran(jobs: readonly PoolTask[], options: Partial<PoolOptions<PoolTask, string>>) {
  const told: string[] = [];
  const results = await runInPool<PoolTask, string>(jobs, {
    worker: new URL('./poolWorker.ts', import.meta.url),
    taskOf: (job) => job,
    identityOf: ({name}) => ({what: name, seed: 0}),
    ...{cacheFolder, processes: 3},
    watch: ({name}, message) => {
      if (message.kind === 'step') told.push(`${name} ${message.phase}`);
    },
    onResult: (_, name) => {
      told.push(`${name} done`);
    },
    ...options,
  });
  return {results, told};
}

const sharing: Partial<PoolOptions<PoolTask, string>> = {
  sharedBy: () => 'teacher',
  isShared: (message) => message.kind === 'step' && message.phase === 'main',
};
const started = join(cacheFolder, 'b-has-started');
const jobs = [{name: 'a', awaits: started}, {name: 'b', makes: started}, {name: 'c'}];
const shared = await ran(jobs, sharing);
const over = await ran([{name: 'new'}, {name: 'a'}], {isOver: () => true});
const failed = await ran([{name: 'broken', fails: true}], sharing).catch((error: unknown) => error);
console.log(JSON.stringify({shared, over, failed: (failed as {message?: string}).message}));
