import {execFile} from 'node:child_process';
import os from 'node:os';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';

import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {startKernelThreads} from '../../../src/kernels/wasm/kernelThreads';
import {hasRelaxedSimd} from '../../../src/kernels/wasm/relaxedSimd';

const program = fileURLToPath(new URL('threadedKernels.ts', import.meta.url));
const isNode = typeof process === 'object' && tf.getBackend() === 'wasm';

// The backend must start anew: in a process of its own, which is killed if it does not end by itself.
describe.runIf(isNode && os.cpus().length >= 2)('kernels on two threads', () => {
  // Node 20 has relaxed SIMD behind a flag, which later ones do not know.
  const flags = hasRelaxedSimd() ? [] : ['--experimental-wasm-relaxed-simd'];
  it.each(['plain', 'relaxed'])(
    'have every digit that they have on one: %s',
    {timeout: 240_000},
    async (simd) => {
      const {stdout} = await promisify(execFile)(
        process.execPath,
        ['node_modules/tsx/dist/cli.mjs', ...flags, program, simd],
        {timeout: 230_000},
      );
      const result = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as {
        differing: Record<string, number>;
        splits: Record<string, number>;
      };
      expect(result).toMatchObject({count: 2, leaked: 0, same: true});
      expect(Object.keys(result.differing)).toHaveLength(15);
      expect(Object.values(result.differing)).toEqual(new Array(15).fill(0));
      const kinds =
        simd === 'plain' ? ['convolve2', 'gradient2'] : ['convolve4', 'gradient4', 'strided'];
      const sweeps = [
        'addRow',
        'elementwise',
        'largest2',
        'maxPool',
        'normalise',
        'range',
        'sgdStep',
      ];
      const products = ['convFilter', 'convInput', 'direct', 'fewInputs', 'dense', 'multiplyBatch'];
      for (const kind of [...kinds, ...products, ...sweeps]) {
        expect(result.splits[kind], kind).toBeGreaterThan(2);
      }
    },
  );
});

describe('startKernelThreads', () => {
  it('starts nothing where the memory is not shared, or for one thread', () => {
    const start = () => {
      throw new Error('started');
    };
    expect(startKernelThreads(tf.backend(), 2, start)).toBeUndefined();
    expect(startKernelThreads({}, 2, start)).toBeUndefined();
  });
});
