import {getEventListeners} from 'node:events';
import {writeFile} from 'node:fs/promises';
import path from 'node:path';

import {afterAll, beforeAll, describe, expect, it} from 'vitest';

import {type ProcessPool, runInProcesses} from '../../src/node/processPool';
import {temporaryFolder} from '../support/temporaryFolder';

const folder = temporaryFolder();
afterAll(folder.remove);
let file = '';
beforeAll(async () => {
  file = path.join(folder.path, 'work.mjs');
  await writeFile(
    file,
    `import {readdirSync, writeFileSync} from 'node:fs';
     export const square = async (n) => {
       process.send({at: n});
       await new Promise((resolve) => setTimeout(resolve, 100 / (n + 1)));
       return n * n;
     };
     export const meet = async () => {
       writeFileSync(new URL('met-' + process.pid, import.meta.url), '');
       const met = () => readdirSync(new URL('.', import.meta.url)).filter((name) => /^met-/.test(name));
       while (met().length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
       return process.pid;
     };
     export const fail = (n) => { throw n === 1 ? 'a text' : new TypeError('number ' + n); };
     export const throwParts = () => { throw Object.assign(new Error('odd'), {stack: 7, name: 8}); };
     export const wait = async () => {
       process.send({pid: process.pid});
       await new Promise((resolve) => setTimeout(resolve, 60_000));
     };
     export const argv = () => [process.execArgv.includes('--no-warnings'), process.env.POOL_TEST];
     export const nothing = () => { throw null; };
     export const quit = () => process.exit(3);`,
  );
});

const pool = (more: Partial<ProcessPool>): ProcessPool => ({
  ...{where: 'test', file, exportName: 'square', workers: 2, execArgv: [], signal: undefined},
  ...{onMessage: () => undefined, onDone: () => undefined},
  ...more,
});

describe('runInProcesses', {timeout: 60_000}, () => {
  it('has parts in two processes at a time', async () => {
    const pids = await runInProcesses([1, 2], pool({exportName: 'meet'}));
    expect(new Set(pids).size).toBe(2);
    expect(pids).not.toContain(process.pid);
  });

  it('gives the results in the order of the parts', async () => {
    const messages: unknown[] = [];
    let done = 0;
    const results = (await runInProcesses([0, 1, 2, 3, 4], {
      ...pool({
        onMessage: (message) => void messages.push(message),
        onDone: () => {
          done++;
        },
      }),
    })) as number[];
    expect(results).toEqual([0, 1, 4, 9, 16]);
    expect(messages).toHaveLength(5);
    expect(done).toBe(5);
  });

  it('fails with what a process threw, whatever it was', async () => {
    const failing = pool({exportName: 'fail', workers: 1});
    await expect(runInProcesses([2], failing)).rejects.toMatchObject({
      ...{name: 'PooledPartError', part: 1, of: 1, reason: 'number 2'},
      cause: expect.objectContaining({
        name: 'TypeError',
        stack: expect.stringMatching(/^TypeError: number 2\n.*work\.mjs/s) as string,
      }) as Error,
    });
    await expect(runInProcesses([1], failing)).rejects.toMatchObject({reason: 'a text'});
  });

  it('takes a name and a stack that are no texts for none', async () => {
    const failing = runInProcesses([1], pool({exportName: 'throwParts', workers: 1}));
    const error = await failing.catch((caught: unknown) => caught as Error & {reason: string});
    expect(error).toMatchObject({name: 'PooledPartError', reason: 'odd'});
    const cause = (error as Error).cause as Error;
    expect([cause.name, cause.message, cause.stack]).toEqual(['Error', 'odd', undefined]);
  });

  it('says that a process ended', async () => {
    await expect(runInProcesses([1], pool({exportName: 'quit', workers: 1}))).rejects.toMatchObject(
      {
        reason: expect.stringMatching(/^its process ended: it was killed/) as string,
      },
    );
  });

  it('is not begun where it was cancelled before', async () => {
    const signal = AbortSignal.abort(new Error('before'));
    await expect(runInProcesses([1], pool({signal}))).rejects.toThrow('before');
  });

  it('gives its processes the options of Node and the environment', async () => {
    process.env['POOL_TEST'] = 'seen';
    try {
      const options = pool({exportName: 'argv', workers: 1, execArgv: ['--no-warnings']});
      expect(await runInProcesses([0], options)).toEqual([[true, 'seen']]);
      expect(await runInProcesses([0], {...options, execArgv: []})).toEqual([[false, 'seen']]);
    } finally {
      delete process.env['POOL_TEST'];
    }
  });

  it('says which export is not there, and what to add', async () => {
    await expect(runInProcesses([1], pool({exportName: 'nowhere', workers: 1}))).rejects.toThrow(
      'test: "module" must export "nowhere", made by pooledEvaluation, found none in it. ' +
        `Add "export default pooledEvaluation(...)" to ${file}.`,
    );
  });

  it('says which part failed, and what it threw where that is nothing', async () => {
    const failing = runInProcesses([2, 3, 1], pool({exportName: 'fail', workers: 1}));
    await expect(failing).rejects.toMatchObject({part: 1, of: 3, reason: 'number 2'});
    const nothing = runInProcesses([2], pool({exportName: 'nothing', workers: 1}));
    const error = await nothing.catch((caught: unknown) => caught as Error & {reason: string});
    expect(error).toMatchObject({name: 'PooledPartError', part: 1, of: 1});
    expect((error as Error).cause).toBeInstanceOf(Error);
  });

  const isAlive = (pid: number): boolean => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };

  it('ends its processes where it is cancelled, and lets go of the signal', async () => {
    const controller = new AbortController();
    const {signal} = controller;
    const reason = new Error('enough');
    const pids: number[] = [];
    const onMessage = (message: unknown) => {
      pids.push((message as {pid: number}).pid);
      if (pids.length === 2) controller.abort(reason);
    };
    const waiting = runInProcesses([1, 2, 3], pool({exportName: 'wait', signal, onMessage}));
    await expect(waiting).rejects.toBe(reason);
    await expect.poll(() => pids.map(isAlive), {timeout: 20_000}).toEqual([false, false]);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('lets go of the signal where it comes to its end', async () => {
    const {signal} = new AbortController();
    expect(await runInProcesses([3], pool({workers: 1, signal}))).toEqual([9]);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it.each(['onMessage', 'onDone'] as const)('fails with what %s throws', async (name) => {
    const reason = new Error('from the callback');
    const throwing = pool({workers: 1, [name]: () => Promise.reject(reason)});
    await expect(runInProcesses([1], throwing)).rejects.toBe(reason);
  });
});
