import {afterAll, beforeAll, describe, expect, it} from 'vitest';

import {queueSweep} from '../../src/queue/queueSweep';
import {startWorker} from '../../src/queue/startWorker';
import {hasRedis, startRedis, type TestRedis} from '../support/redis';

describe.skipIf(!hasRedis)('queueSweep', () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  it('gives results in the order of the tasks, and goes on from checkpoints', async () => {
    const steps: string[] = [];
    const worker = await startWorker(
      {connection: redis.connection},
      {
        async run(task, {checkpoints, checkpointKey, onProgress}) {
          const {seed} = task as {seed: number};
          let step = Number((await checkpoints.load(checkpointKey)) ?? 0);
          for (; step < 3; step++) {
            steps.push(`${seed}.${step}`);
            await checkpoints.save(checkpointKey, step + 1);
            await onProgress({phase: 'train', done: step, total: 3, unit: 'step', metrics: {}});
            if (seed === 1 && step === 1 && steps.length < 20) {
              steps.push(...new Array<string>(20).fill(''));
              throw new Error('out of memory');
            }
          }
          return {seed, steps: step};
        },
      },
    );
    const run = await queueSweep<{seed: number}>([{seed: 0}, {seed: 1}, {seed: 2}], {
      ...{connection: redis.connection, attempts: 2, pollInterval: 50},
    });
    expect((await run.result()).map(({seed}) => seed)).toEqual([0, 1, 2]);
    expect(steps.filter((step) => step.startsWith('1.'))).toEqual(['1.0', '1.1', '1.2']);
    await worker.close();
    await run.close();
  });

  it.each([[[]], [undefined], ['x']])('refuses %o as tasks', (tasks) => {
    expect(() => queueSweep(tasks as never, {connection: redis.connection})).toThrow(
      'queueSweep: "tasks" must be an array with at least one task',
    );
  });
});
