import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {tryBackend, withBackend} from '../../src/cli/backend';

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

  it('takes wasm before cpu', async () => {
    expect(await withBackend({backend: 'auto', threads: 1}, async (name) => name)).toBe('wasm');
    await tf.setBackend(backend);
  });
});

describe('tryBackend', () => {
  it('says whether it starts', async () => {
    expect(await tryBackend(backend, 1)).toBe(true);
    expect(tf.getBackend()).toBe(backend);
  });
});
