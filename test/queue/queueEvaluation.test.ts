import {type ChildProcess, fork} from 'node:child_process';
import {once} from 'node:events';
import {writeFile} from 'node:fs/promises';
import {fileURLToPath} from 'node:url';
import {isDeepStrictEqual} from 'node:util';

import type * as tf from '@tensorflow/tfjs-core';
import {type Job, Queue} from 'bullmq';
import {Redis} from 'ioredis';
import {afterAll, afterEach, beforeAll, describe, expect, it, vi} from 'vitest';

import {createRng} from '../../src/core/rng';
import {evaluateRobustness} from '../../src/metrics/evaluateRobustness';
import {evaluateShard} from '../../src/metrics/evaluateShard';
import type {RobustnessReport} from '../../src/metrics/robustnessReport';
import {queueEvaluation} from '../../src/queue/queueEvaluation';
import {queueSweep} from '../../src/queue/queueSweep';
import {type JobHandlers, type QueueWorker, startWorker} from '../../src/queue/startWorker';
import {dataset, model, options} from '../support/queueTask';
import {hasRedis, startRedis, type TestRedis} from '../support/redis';

// QUEUE_KILLS=50 QUEUE_WORKERS=4 is the long form; QUEUE_RECORD=FILE keeps what came of it.
const KILLS = Number(process.env['QUEUE_KILLS'] ?? 4);
const WORKERS = Number(process.env['QUEUE_WORKERS'] ?? 2);
const RECORD = process.env['QUEUE_RECORD'];

/** One evaluation during which workers were killed. */
interface KilledRound {
  kills: number;
  /** How many of them were followed by a restart of Redis. */
  restarts: number;
  /** How many met a queue at work; the others came between two parts. */
  atWork: number;
  /** Whether the report is that of one process, in every digit. */
  equal: boolean;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const evaluate: JobHandlers['evaluate'] = (_, shard, control) =>
  evaluateShard<tf.Tensor2D>(model, dataset, shard, {...options(), ...control});

describe.skipIf(!hasRedis)('queueEvaluation', () => {
  let redis: TestRedis;
  let whole: RobustnessReport;
  const workers: QueueWorker[] = [];
  const children: ChildProcess[] = [];
  beforeAll(async () => {
    redis = await startRedis();
    whole = await evaluateRobustness<tf.Tensor2D>(model, dataset, options());
  });
  afterEach(async () => {
    children.splice(0).forEach((child) => child.kill('SIGKILL'));
    await Promise.all(workers.splice(0).map((worker) => worker.close()));
    await redis.empty(); // runs have names, and each is queued once
  });
  afterAll(() => redis.stop());

  const work = async (handlers: JobHandlers) => {
    workers.push(await startWorker({connection: redis.connection}, handlers));
  };
  const queue = (shards: number, run?: string) =>
    queueEvaluation(
      {any: 'task'},
      {
        ...{connection: redis.connection, shards, run, attempts: 1, pollInterval: 50},
      },
    );

  // Jobs keep them until their run is removed.
  const keysOf = async (run: string, pattern: string) => {
    const client = new Redis(redis.port);
    const keys = await client.keys(pattern);
    client.disconnect();
    return keys.filter((key) => key.includes(run));
  };
  const checkpointsOf = async (run: string) => (await keysOf(run, '*:checkpoints:*')).length;

  it('gives the report of one process', async () => {
    await work({evaluate});
    const run = await queue(7);
    const seen: number[] = [];
    const report = await run.result({onProgress: ({fraction}) => void seen.push(fraction)});
    expect(report).toStrictEqual(whole);
    expect(seen.at(-1)).toBe(1);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(await checkpointsOf(run.run)).not.toBe(0);
    await run.remove();
    await expect(run.result()).rejects.toThrow('it is not in the queue');
    expect(await checkpointsOf(run.run)).toBe(0);
    // Nor is a job left of any part.
    expect(await keysOf(run.run, '*')).toEqual([]);
    await run.close();
  });

  it('gives the report also where the run ends during a look at the queue', async () => {
    const run = await queue(2, 'ends-now');
    const getJob = Reflect.get(Queue.prototype, 'getJob') as (
      this: Queue,
      id: string,
    ) => Promise<Job | undefined>;
    const spy = vi.spyOn(Queue.prototype, 'getJob').mockImplementation(async function (
      this: Queue,
      id: string,
    ) {
      const job = await getJob.call(this, id);
      while (id === run.run && (await this.getJobState(id)) !== 'completed') await pause(10);
      return job;
    });
    try {
      const result = run.result();
      await work({evaluate});
      expect(await result).toStrictEqual(whole);
    } finally {
      spy.mockRestore();
      await run.close();
    }
  });

  it('queues a run once, under its name', async () => {
    const [one, other] = [await queue(3, 'named'), await queue(3, 'named')];
    let evaluated = 0;
    await work({
      evaluate: (...args) => {
        evaluated++;
        return evaluate(...args);
      },
    });
    expect(await Promise.all([one.result(), other.result()])).toEqual([whole, whole]);
    expect(evaluated).toBe(3);
    await Promise.all([one.close(), other.close()]);
  });

  it('refuses other tasks under the name of a run', async () => {
    const first = await queue(3, 'taken');
    const place = {connection: redis.connection, run: 'taken'};
    for (const [task, shards] of [
      [{any: 'other task'}, 3],
      [{any: 'task'}, 4],
    ] as const) {
      await expect(queueEvaluation(task, {...place, shards})).rejects.toMatchObject({
        ...{name: 'InvalidArgumentError', argument: 'run'},
        message: expect.stringContaining('other tasks are queued (3 of them)') as string,
      });
    }
    await expect(queueSweep([{any: 'task'}], place)).rejects.toThrow('other tasks are queued');
    await first.remove();
    const next = await queueEvaluation({any: 'other task'}, {...place, shards: 1});
    await next.remove();
    await Promise.all([first.close(), next.close()]);
  });

  it('says which part failed, and why', async () => {
    await work({
      evaluate: (task, shard, control) =>
        shard.part === 2
          ? Promise.reject(new Error('no such model'))
          : evaluate(task, shard, control),
    });
    const run = await queue(3, 'poisoned');
    await expect(run.result()).rejects.toMatchObject({
      ...{name: 'QueuedJobError', part: 2, run: 'poisoned', reason: 'no such model'},
      message: 'Job 2 of the run "poisoned" failed, after 1 attempts: no such model',
    });
    await run.close();
  });

  it('is cancelled at the next step', async () => {
    const run = await queue(20, 'stopped');
    let started = 0;
    await work({
      async evaluate(task, shard, control) {
        started++;
        await run.cancel();
        return evaluate(task, shard, control);
      },
    });
    await expect(run.result()).rejects.toMatchObject({name: 'QueuedJobError', reason: 'cancelled'});
    expect(started).toBe(1);
    await run.close();
  });

  it('stops waiting where it is told to', async () => {
    const run = await queue(1, 'waiting');
    const reason = new Error('enough');
    const controller = new AbortController();
    setTimeout(() => controller.abort(reason), 100);
    await expect(run.result({signal: controller.signal})).rejects.toBe(reason);
    await run.remove();
    await run.close();
  });

  it(
    'loses and doubles nothing where workers are killed and Redis is restarted',
    async () => {
      const file = fileURLToPath(new URL('../support/queueWorkerProcess.ts', import.meta.url));
      const rng = createRng(5);
      const start = async () => {
        const child = fork(file, [String(redis.port)], {execArgv: ['--import', 'tsx']});
        children.push(child);
        await once(child, 'message');
      };
      await Promise.all(Array.from({length: WORKERS}, start));
      const started = new Date();
      const rounds: KilledRound[] = [];
      let kills = 0;
      while (kills < KILLS) {
        const run = await queue(6, `killed-${rounds.length}`);
        const round = {kills: 0, restarts: 0, atWork: 0, equal: false};
        let active = 0;
        const result = run.result({onProgress: (progress) => void ({active} = progress)});
        let isOver = false;
        void result.finally(() => (isOver = true)).catch(() => undefined);
        while (!isOver && kills < KILLS) {
          await pause(200 + 600 * rng.uniform());
          if (active > 0) round.atWork++;
          children.splice(Math.floor(rng.uniform() * children.length), 1)[0]?.kill('SIGKILL');
          round.kills++;
          if (++kills % 10 === 2) {
            await redis.restart();
            round.restarts++;
          }
          await start();
        }
        const report = await result;
        expect(report).toStrictEqual(whole);
        rounds.push({...round, equal: isDeepStrictEqual(report, whole)});
        await run.close();
      }
      expect(rounds.every(({equal}) => equal)).toBe(true);
      if (RECORD !== undefined) {
        const seconds = Math.round((Date.now() - started.getTime()) / 1000);
        const record = {started: started.toISOString(), seconds, workers: WORKERS, kills, rounds};
        await writeFile(RECORD, `${JSON.stringify(record)}\n`);
      }
    },
    Math.max(900_000, 60_000 * KILLS),
  );

  it.each([0, -1, 1.5, NaN, '3', undefined])('refuses %s shards', (shards) => {
    expect(() => queue(shards as number)).toThrow('queueEvaluation: "shards" must be an integer');
  });
});
