import {spawn} from 'node:child_process';
import path from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';

import * as tf from '@tensorflow/tfjs-core';
import {beforeAll, describe, expect, it} from 'vitest';

import type {Progress} from '../../src/core/progress';
import {evaluateRobustness} from '../../src/metrics/evaluateRobustness';
import type {RobustnessReport} from '../../src/metrics/robustnessReport';
import {evaluateInPool, type EvaluateInPoolOptions} from '../../src/node/evaluateInPool';
import {isPooledPartError} from '../../src/node/pooledPartError';
import {evaluationOf} from '../support/pooledProgram';

const program = new URL('../support/pooledProgram.ts', import.meta.url);
const execArgv = ['--import', 'tsx'];
const inPool = (options: EvaluateInPoolOptions) =>
  evaluateInPool(program, {execArgv, exportName: 'seeded', ...options});

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

// The processes compute on cpu, whatever the backend of this one.
describe.runIf(tf.getBackend() === 'cpu')('evaluateInPool', {timeout: 120_000}, () => {
  let whole: RobustnessReport;
  beforeAll(async () => {
    const {model, data, options} = evaluationOf(3);
    whole = await evaluateRobustness<tf.Tensor2D>(model, data, options);
  });

  it.each([
    ['one worker', {workers: 1, shards: 1}],
    ['two workers, five parts', {workers: 2, shards: 5}],
    ['three workers, their own number of parts', {workers: 3}],
  ])('gives the report of one process, in every digit: %s', async (_, options) => {
    const report = await inPool({...options, task: {seed: 3}});
    expect(report).toStrictEqual(whole);
    expect(JSON.stringify(report)).toBe(JSON.stringify(whole));
    expect(report.attacks['auto']?.accuracy).toBeLessThan(report.clean.accuracy ?? 0);
  });

  it('hands on the options of Node of its own process, but for those of a debugger or a text', async () => {
    const before = process.execArgv;
    process.execArgv = ['--import', 'tsx', '--inspect=127.0.0.1:0', '--input-type=module'];
    try {
      const seen: Progress[] = [];
      const onProgress = (at: Progress) => void seen.push(at);
      const report = await evaluateInPool(fileURLToPath(program), {
        ...{workers: 1, task: {seed: 3}, exportName: 'seeded', onProgress},
      });
      expect(report).toStrictEqual(whole);
      // Four parts for a process.
      expect(seen.at(-1)).toMatchObject({done: 4, total: 4});
    } finally {
      process.execArgv = before;
    }
  });

  it('takes no other message of a worker for its progress', async () => {
    const seen: Progress[] = [];
    const onProgress = (at: Progress) => void seen.push(at);
    const report = await inPool({workers: 1, shards: 2, exportName: 'chatty', onProgress});
    expect(report).toStrictEqual(whole);
    const fractions = seen.map(({metrics}) => metrics['fraction'] ?? NaN);
    expect(fractions.every((fraction) => fraction >= 0 && fraction <= 1)).toBe(true);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
  });

  it('hands the task on, and tells how far it is', async () => {
    const seen: Progress[] = [];
    const options = {workers: 2, shards: 3, task: {seed: 9}};
    const report = await inPool({...options, onProgress: (at) => void seen.push(at)});
    const {model, data, options: own} = evaluationOf(9);
    expect(report).toStrictEqual(await evaluateRobustness<tf.Tensor2D>(model, data, own));
    expect(seen.at(-1)).toEqual({
      ...{phase: 'evaluate', done: 3, total: 3, unit: 'part', metrics: {fraction: 1}},
    });
    const fractions = seen.map(({metrics}) => metrics['fraction'] ?? NaN);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    expect(fractions.filter((each) => each > 0 && each < 1).length).toBeGreaterThan(3);
  });

  // Example 42 of 80 is in part 5 of 8, whose batches of 2 are whole.
  it.each([
    ['throw', /^Part 5 of 8 failed: no luck$/],
    ['kill', /^Part 5 of 8 failed: its process ended/],
  ])('says which part failed where the worker does this: %s', async (how, message) => {
    const error = await inPool({
      ...{workers: 2, shards: 8, task: how, exportName: 'failing'},
    }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({name: 'PooledPartError', part: 5, of: 8});
    expect((error as Error).message).toMatch(message);
    expect(isPooledPartError(error)).toBe(true);
    if (how === 'throw') expect((error as Error).cause).toMatchObject({name: 'RangeError'});
  });

  it('is cancelled at once, by its signal or by what onProgress throws', async () => {
    const options = {workers: 2, shards: 8, task: 'wait', exportName: 'failing'};
    const reason = new Error('enough');
    const controller = new AbortController();
    const started = Date.now();
    const cancelled = inPool({
      ...options,
      signal: controller.signal,
      onProgress: ({done}) => (done >= 4 ? controller.abort(reason) : undefined),
    });
    await expect(cancelled).rejects.toBe(reason);
    const thrown = inPool({...options, onProgress: () => Promise.reject(reason)});
    await expect(thrown).rejects.toBe(reason);
    expect(Date.now() - started).toBeLessThan(55_000);
    await expect(inPool({...options, signal: AbortSignal.abort(reason)})).rejects.toBe(reason);
  });

  it('leaves no process behind where its own one is killed', async () => {
    const code = `
      import {evaluateInPool} from './src/node/evaluateInPool.ts';
      await evaluateInPool('${fileURLToPath(program)}', {
        workers: 2, exportName: 'endless', execArgv: ['--import', 'tsx'],
      });`;
    const parent = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    parent.stderr.on('data', (text: Buffer) => void (said += text.toString()));
    const busy = () => Array.from(said.matchAll(/busy (\d+)/g), ([, pid]) => Number(pid));
    try {
      await expect.poll(() => busy().length, {timeout: 60_000}).toBe(2);
      expect(busy().map(isAlive)).toEqual([true, true]);
    } finally {
      parent.kill('SIGKILL');
    }
    await expect.poll(() => busy().map(isAlive), {timeout: 30_000}).toEqual([false, false]);
  });

  it.each([
    ['bare', /"module" must export what pooledEvaluation returns, found undefined/],
    ['nowhere', /"module" must export "nowhere", made by pooledEvaluation, found none/],
    ['empty', /^Part \d of 2 failed: pooledEvaluation: "open" must return an object \{model/],
    ['unsteady', /"shards" must be of one evaluation/],
  ])('refuses the export "%s"', async (exportName, message) => {
    await expect(inPool({workers: 2, shards: 2, exportName})).rejects.toThrow(message);
  });

  it('says that a module does not load, and that no process starts', async () => {
    const broken = new URL('../support/setup.wasm.ts', import.meta.url);
    await expect(
      evaluateInPool(broken, {workers: 1, shards: 1, execArgv: []}),
    ).rejects.toMatchObject({name: 'PooledPartError', part: 1});
    await expect(inPool({workers: 1, execArgv: ['--import', './nowhere.mjs']})).rejects.toThrow(
      /failed: its process ended|could not start/,
    );
  });
});

describe('evaluateInPool', () => {
  it.each([
    [{workers: 0}, /"workers"/],
    [{workers: 1.5}, /"workers"/],
    [{shards: -1}, /"shards"/],
    [{task: () => 1}, /"task" must be data that can be sent to another process/],
    [{exportName: 3}, /"exportName" must be a string/],
    [{execArgv: 'tsx'}, /"execArgv" must be an array of strings/],
    [{worker: 2}, /Did you mean "workers"/],
  ])('refuses %o', async (options, message) => {
    await expect(inPool(options as EvaluateInPoolOptions)).rejects.toThrow(message);
  });

  it.each([
    ['https://example.org/a.mjs', /"module" must be/],
    [new URL('https://example.org/a.mjs'), /be a path or a file URL/],
    [3, /be a path or a file URL, found 3\. Pass new URL\('\.\/evaluation\.mjs', import/],
    ['', /"module" must be there/],
    ['nowhere.mjs', /be there, found no file .*nowhere.mjs/],
  ])('refuses the module %s', async (module, message) => {
    await expect(evaluateInPool(module as string)).rejects.toThrow(message);
  });
  const refusal = (module: unknown, options: object = {}) =>
    evaluateInPool(module as string, options).then(
      () => 'none',
      (error: unknown) => String(error),
    );
  const PASS = "Pass new URL('./evaluation.mjs', import.meta.url).";

  it('says what is wrong with a module, and what to pass', async () => {
    const where = 'InvalidArgumentError: evaluateInPool: "module" must';
    expect(await refusal(new URL('https://example.org/a.mjs'))).toBe(
      `${where} be a path or a file URL, found https://example.org/a.mjs. ${PASS}`,
    );
    for (const none of [
      'nowhere.mjs',
      pathToFileURL('nowhere.mjs'),
      String(pathToFileURL('nowhere.mjs')),
    ]) {
      expect(await refusal(none)).toBe(
        `${where} be there, found no file ${path.resolve('nowhere.mjs')}. ${PASS}`,
      );
    }
    expect(await refusal(undefined)).toContain(
      `${where} be a path or a file URL, found undefined.`,
    );
    expect(await refusal({href: 'file:///a.mjs'})).toContain(`${where} be a path or a file URL`);
  });

  it('says what cannot be sent, and which arguments Node cannot take', async () => {
    expect(await refusal(program, {task: {at: () => 1}})).toMatch(
      /"task" must be data that can be sent to another process, found something else \(.*could not be cloned\.\)\. Pass names, numbers and paths; make functions and tensors in the module\.$/,
    );
    for (const execArgv of ['tsx', [undefined], ['a', 3], {}]) {
      expect(await refusal(program, {execArgv})).toMatch(
        /^InvalidArgumentError: evaluateInPool: "execArgv" must be an array of strings, found .* Pass \['--import', 'tsx'\], say\.$/,
      );
    }
    const sparse = ['a'];
    sparse[2] = 'b';
    expect(await refusal(program, {execArgv: sparse})).toContain('"execArgv" must be');
    for (const options of [{workers: 0}, {shards: 0}, {shards: 2.5}, {exportName: null}]) {
      expect(await refusal(program, options)).toMatch(
        new RegExp(`^InvalidArgumentError: evaluateInPool: "${Object.keys(options)[0]}" must`),
      );
    }
  });
});
