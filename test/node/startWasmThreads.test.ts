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

describe.runIf(tf.getBackend() === 'wasm' && os.cpus().length >= 2)('startWasmThreads', () => {
  it('refuses a backend at work, no thread and more threads than processors', async () => {
    await expect(startWasmThreads(1)).rejects.toThrow(
      /startWasmThreads: "threads" must be asked for before the wasm backend starts/,
    );
    await expect(startWasmThreads(0)).rejects.toThrow(/"threads"/);
    await expect(startWasmThreads(os.cpus().length + 1)).rejects.toThrow(/number of processors/);
  });
});
