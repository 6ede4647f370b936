import {execFile} from 'node:child_process';
import os from 'node:os';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';

import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {startWasmThreads} from '../../src/node/startWasmThreads';

const program = fileURLToPath(new URL('threadedProgram.ts', import.meta.url));

/** Runs a process that starts threads and then comes to its end; it is killed if it does not. */
async function run(threads: number): Promise<Record<string, unknown>> {
  const {stdout} = await promisify(execFile)(
    process.execPath,
    ['node_modules/tsx/dist/cli.mjs', program, String(threads)],
    {timeout: 60_000},
  );
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Record<string, unknown>;
}

// The backend must start anew: each in a process of its own, whatever the backend of this one.
describe.runIf(tf.getBackend() === 'cpu' && os.cpus().length >= 2)('startWasmThreads', () => {
  it('gives the backend its threads, leaves the process as it was, and lets it end', async () => {
    expect(await run(2)).toEqual({
      ...{backend: 'wasm', threads: 2, shared: true},
      ...{hasWorker: false, cpus: os.cpus().length, again: 'InvalidArgumentError'},
      gradientAgrees: true,
      overlapping: 'fulfilled',
      other: expect.stringMatching(
        /"threads" must be 2, as in the call that is starting/,
      ) as string,
    });
  });

  it('works in a program given on the command line', async () => {
    const code =
      "import '@tensorflow/tfjs-layers'; import * as tf from '@tensorflow/tfjs-core';" +
      "import {startWasmThreads} from './src/node/startWasmThreads.ts';" +
      'await startWasmThreads(2); console.log(tf.getBackend(), tf.add(1, 2).dataSync()[0]);';
    const args = ['--import', 'tsx', '--input-type=module', '-e', code];
    const {stdout} = await promisify(execFile)(process.execPath, args, {timeout: 60_000});
    expect(stdout).toMatch(/wasm 3/);
  });

  it('works with one thread, too', async () => {
    expect(await run(1)).toMatchObject({threads: 1, gradientAgrees: true});
  });
});

describe.runIf(tf.getBackend() === 'cpu')('startWasmThreads where something is missing', () => {
  /** What a process says that runs `before` and then starts a thread. */
  async function said(before: string): Promise<string> {
    const code = `
      import {Module, register} from 'node:module';
      import os from 'node:os';
      import '@tensorflow/tfjs-backend-cpu';
      const tf = await import('@tensorflow/tfjs-core');
      ${before}
      const {startWasmThreads} = await import('./src/node/startWasmThreads.ts');
      const cpus = os.cpus;
      const start = () => startWasmThreads(1).then(() => 'started', String);
      const first = await start();
      // A call that failed is no call that others would have to wait for.
      const as = {again: (await start()) === first, other: await startWasmThreads(0).catch(String)};
      const left = ['Worker' in globalThis, os.cpus !== cpus, 'wasm' in tf.engine().registry];
      console.log(JSON.stringify({first, ...as, left}));`;
    const args = ['--import', 'tsx', '--input-type=module', '-e', code];
    const {stdout} = await promisify(execFile)(process.execPath, args, {timeout: 60_000});
    const found = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Record<string, unknown>;
    expect(found).toMatchObject({again: true, left: [false, false, false]});
    expect(found['other']).toMatch(/"threads" must be an integer/);
    return found['first'] as string;
  }

  it('says that the package of the backend is not there', async () => {
    const hook =
      "export const resolve = (name, context, next) => name === '@tensorflow/tfjs-backend-wasm' " +
      "? Promise.reject(new Error('no package')) : next(name, context);";
    const url = `data:text/javascript,${encodeURIComponent(hook)}`;
    expect(await said(`register(${JSON.stringify(url)});`)).toBe(
      'InvalidArgumentError: startWasmThreads: "threads" must find the package ' +
        '@tensorflow/tfjs-backend-wasm, found Error: no package. ' +
        'npm install @tensorflow/tfjs-backend-wasm',
    );
  });

  it('says that the package has no threaded build', async () => {
    const before = `
      const resolve = Module._resolveFilename;
      Module._resolveFilename = function (name, ...rest) {
        if (name.endsWith('threaded-simd.worker.js')) throw new Error('no build');
        return resolve.call(this, name, ...rest);
      };`;
    expect(await said(before)).toBe(
      'InvalidArgumentError: startWasmThreads: "threads" must find the threaded build in ' +
        '@tensorflow/tfjs-backend-wasm, found Error: no build. Install ' +
        '@tensorflow/tfjs-backend-wasm 4.22; other versions may have other files.',
    );
  });
});

describe('startWasmThreads', () => {
  it('refuses numbers of threads that are none', async () => {
    for (const threads of [0, -1, 1.5, '2', undefined]) {
      await expect(startWasmThreads(threads as number)).rejects.toThrow(
        /^startWasmThreads: "threads" must be an integer/,
      );
    }
    const cpus = os.cpus().length;
    await expect(startWasmThreads(cpus + 1)).rejects.toThrow(
      `startWasmThreads: "threads" must be at most ${cpus}, the number of processors, found ` +
        `${cpus + 1}. Ask for fewer.`,
    );
  });
});

describe.runIf(tf.getBackend() === 'wasm' && os.cpus().length >= 2)('startWasmThreads', () => {
  it('refuses a backend at work, no thread and more threads than processors', async () => {
    await expect(startWasmThreads(1)).rejects.toThrow(
      /startWasmThreads: "threads" must be asked for before the wasm backend starts/,
    );
    await expect(startWasmThreads(0)).rejects.toThrow(/"threads"/);
    await expect(startWasmThreads(os.cpus().length + 1)).rejects.toThrow(/number of processors/);
  });
});
