import * as tf from '@tensorflow/tfjs-core';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';

import type {ReportFile} from '../../../src/cli/reportFile';
import {runCli} from '../../../src/cli/runCli';
import {queueEvaluation} from '../../../src/queue/queueEvaluation';
import {cli, keptTerminal, writeProject} from '../../support/cliProject';
import {hasRedis, startRedis, type TestRedis} from '../../support/redis';
import {temporaryFolder} from '../../support/temporaryFolder';

const project = temporaryFolder();
let input: string[];
beforeAll(async () => {
  const {model, images} = await writeProject(project.path);
  input = [model, images];
});
afterAll(project.remove);

describe.skipIf(!hasRedis)('lt-robust worker', () => {
  let redis: TestRedis;
  let address: string;
  beforeAll(async () => {
    redis = await startRedis();
    address = `redis://127.0.0.1:${redis.port}`;
  });
  afterAll(() => redis.stop());

  // A worker in this process, as the command starts it; it computes while the others wait.
  async function withWorker<T>(body: () => Promise<T>, ...more: string[]) {
    const terminal = keptTerminal();
    const interrupt = new AbortController();
    const argv = ['worker', '--queue', address, '--backend', tf.getBackend(), ...more];
    const ended = runCli(argv, terminal, interrupt.signal);
    try {
      const result = await body();
      return {result, written: terminal.written};
    } finally {
      interrupt.abort(new Error('interrupted'));
      expect(await ended).toBe(0);
    }
  }
  const json = async (...more: string[]) => {
    const run = await cli('evaluate', ...input, '--epsilon', '0.11', '--json', ...more);
    expect(run.err).not.toContain('Error');
    return JSON.parse(run.out) as ReportFile;
  };

  it('does what evaluate queues: the report is that of one process, to the last bit', async () => {
    const options = ['--attack', 'pgd,pgd-restarts', '--batch-size', '3', '--seed', '5'];
    const whole = await json(...options);
    const {result, written} = await withWorker(() =>
      json(...options, '--queue', address, '--shards', '4'),
    );
    expect(result.report).toStrictEqual(whole.report);
    expect(result.labels).toEqual(whole.labels);
    expect(written.err).toContain(`Waiting for parts on 127.0.0.1:${redis.port}`);
    for (const part of [1, 2, 3, 4]) expect(written.err).toContain(`part ${part} of 4: done`);
  });

  it('keeps to the gates, and does another evaluation after the first', async () => {
    const {result} = await withWorker(async () => {
      const queued = ['--queue', address, '--shards', '2', '--epsilon', '0.11'];
      return [
        await cli('evaluate', ...input, ...queued, '--fail-under', '0.7'),
        await cli('evaluate', ...input, ...queued, '--fail-under', '0.8', '--seed', '2'),
      ];
    });
    expect(result.map(({code}) => code)).toEqual([0, 1]);
  });

  it('says what failed: a part that no worker can do', async () => {
    const {result} = await withWorker(async () => {
      const place = {connection: {url: address}, attempts: 1, pollInterval: 50};
      const waits = async (task: unknown) => {
        const run = await queueEvaluation(task, {...place, shards: 1});
        return run
          .result()
          .then(
            () => 'no error',
            (error: unknown) => String(error),
          )
          .finally(() => run.close());
      };
      const task = {format: 'lt-robust-evaluation', version: '9.9.9', backend: 'cpu'};
      return [await waits({any: 'task'}), await waits(task)];
    });
    expect(result[0]).toContain('was not queued by "lt-robust evaluate --queue"');
    expect(result[1]).toContain('was queued by lt-robust 9.9.9, this worker is');
  });

  it('goes on with a named run after an interruption, and not with other settings', async () => {
    const argv = [
      ...['evaluate', ...input, '--epsilon', '0.11', '--json', '--backend', tf.getBackend()],
      ...['--queue', address, '--shards', '2', '--run', 'nightly'],
    ];
    const interrupt = new AbortController();
    const first = runCli(argv, keptTerminal(), interrupt.signal);
    setTimeout(() => interrupt.abort(new Error('interrupted')), 300);
    expect(await first).toBe(130);
    const other = await cli(...argv, '--seed', '3');
    expect(other).toMatchObject({code: 2});
    expect(other.err).toContain('other tasks are queued');
    const {result} = await withWorker(() => cli(...argv));
    expect(result.code).toBe(0);
    expect((JSON.parse(result.out) as ReportFile).report.attacks['pgd']?.correct).toBe(30);
  });

  it.each([
    [['--queue', 'nowhere'], '--queue takes the address of a Redis'],
    [['--queue', 'redis://127.0.0.1:6379', '--shard', '1/2'], 'give one of them'],
    [['--run', 'nightly'], '--run needs --queue'],
  ])('evaluate refuses %j', async (more, message) => {
    const run = await cli('evaluate', ...input, ...more);
    expect(run.code).toBe(2);
    expect(run.err).toContain(message);
  });

  it('evaluate refuses more parts than examples', async () => {
    const run = await cli('evaluate', ...input, '--queue', address, '--shards', '41');
    expect(run).toMatchObject({code: 2});
    expect(run.err).toContain('40 examples cannot be split into 41 parts');
  });
});
