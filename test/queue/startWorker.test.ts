import {afterAll, beforeAll, describe, expect, it} from 'vitest';

import {queueSweep} from '../../src/queue/queueSweep';
import {startWorker} from '../../src/queue/startWorker';
import {hasRedis, startRedis, type TestRedis} from '../support/redis';

describe.skipIf(!hasRedis)('startWorker', () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  it('gives a job back when it is closed, and stops it', async () => {
    let started = 0;
    const begin = () =>
      startWorker(
        {connection: redis.connection},
        {
          run: (_task, {signal}) =>
            new Promise((resolve, reject) => {
              if (++started === 2) resolve('done');
              signal.addEventListener('abort', () => reject(signal.reason as Error));
            }),
        },
      );
    const first = await begin();
    const run = await queueSweep(['a'], {
      ...{connection: redis.connection, attempts: 2, pollInterval: 50},
    });
    while (started === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    await first.close();
    const second = await begin();
    expect(await run.result()).toEqual(['done']);
    await second.close();
    await run.close();
  });

  it('fails jobs that it has no handler for', async () => {
    const worker = await startWorker(
      {connection: redis.connection},
      {evaluate: () => Promise.reject(new Error('not asked'))},
    );
    const run = await queueSweep(['a'], {connection: redis.connection, pollInterval: 50});
    await expect(run.result()).rejects.toThrow('has no handler "run"');
    await worker.close();
    await run.close();
  });

  it.each([undefined, {}, {evaluate: 5}, {run: 'x'}])(
    'refuses the handlers %o',
    async (handlers) => {
      await expect(startWorker({connection: redis.connection}, handlers as never)).rejects.toThrow(
        'startWorker: "handlers" must have a function',
      );
    },
  );
});
