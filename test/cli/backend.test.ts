import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {startBackend, withBackend} from '../../src/cli/backend';
import {kernelsInUse} from '../../src/core/computedOn';

const backend = tf.getBackend() as 'cpu' | 'wasm';

describe('withBackend', () => {
  it('starts the backend, and hands on what the body returns', async () => {
    expect(await withBackend({backend, threads: 1}, async (name) => [name, 3])).toEqual([
      backend,
      3,
    ]);
    await expect(
      withBackend({backend, threads: 1}, () => Promise.reject(new Error('stop'))),
    ).rejects.toThrow('stop');
  });

  it('registers the kernels that are asked for, while the body runs', async () => {
    const during = await withBackend({backend, threads: 1, simd: 'plain'}, () =>
      Promise.resolve(kernelsInUse()),
    );
    expect(during).toBe(backend === 'wasm' ? 'plain SIMD' : 'composed');
    expect(kernelsInUse()).toBe('composed');
  });

  it('takes wasm before cpu', async () => {
    expect(await withBackend({backend: 'auto', threads: 1}, async (name) => name)).toBe('wasm');
    await tf.setBackend(backend);
  });
});

describe('startBackend', () => {
  it('starts it', async () => {
    expect(await startBackend(backend, 1)).toBeUndefined();
    expect(tf.getBackend()).toBe(backend);
  });

  it('has threads on wasm alone', async () => {
    expect(await startBackend('cpu', 2)).toBeUndefined();
    expect(tf.getBackend()).toBe('cpu');
    await tf.setBackend(backend);
  });

  it('says that one does not start on this machine', async () => {
    tf.registerBackend('tensorflow', () => {
      throw new Error('no device');
    });
    expect(await startBackend('tfjs-node', 1)).toBe(
      'installed, but it does not start on this machine',
    );
    tf.removeBackend('tensorflow');
    await tf.setBackend(backend);
  });

  it('says what to install for one that is not there', async () => {
    expect(await startBackend('tfjs-node', 1)).toBe(
      'not installed: npm install @tensorflow/tfjs-node',
    );
    expect(tf.getBackend()).toBe(backend);
    await expect(
      withBackend({backend: 'tfjs-node', threads: 1}, () => Promise.resolve(1)),
    ).rejects.toThrow(
      'No backend of TensorFlow.js runs here.\ntfjs-node: not installed: npm install @tensorflow/tfjs-node',
    );
  });
});
