import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {heapOf} from '../../../src/kernels/wasm/heap';
import {channelsOn, productsOn} from '../../../src/kernels/wasm/instance';
import {backendOn, memoryOf} from '../support';

describe('channelsOn', () => {
  it.each([
    ['its own', false],
    ['shared', true],
  ])('works in place on %s memory', (_, shared) => {
    const memory = memoryOf(shared);
    const {backend} = backendOn(memory);
    const instance = channelsOn(backend);
    expect(instance?.heap.shared).toBe(shared);
    const values = new Float32Array(memory.buffer);
    values.set([1, 2, 3, 4, 5, 6], 64);
    instance?.run.sumRows(256, 512, 2, 3);
    expect([...values.subarray(128, 131)]).toEqual([5, 7, 9]);
    expect(channelsOn(backend)).toBe(instance);
  });

  it('is undefined where it cannot run', () => {
    expect(channelsOn({})).toBeUndefined();
    const limited = new WebAssembly.Memory({initial: 1}); // no maximum: cannot be imported
    const {backend} = backendOn(limited);
    expect(heapOf(backend)).toBeDefined();
    expect(channelsOn(backend)).toBeUndefined();
    expect(channelsOn(backend)).toBeUndefined();
  });
});

describe('productsOn', () => {
  it('works in place', () => {
    const memory = memoryOf(false);
    const {backend} = backendOn(memory);
    const values = new Float32Array(memory.buffer);
    values.set([1, 2, 3, 4, 5, 6, 7, 8], 64);
    // [[1, 2], [3, 4]] by [[5, 6], [7, 8]], both by rows.
    productsOn(backend)?.run.multiplyBatch(1, 2, 2, 2, 256, 0, 2, 1, 272, 0, 2, 1, 512, 4, 2, 1024);
    expect([...values.subarray(128, 132)]).toEqual([19, 22, 43, 50]);
  });

  it('is undefined where it cannot run', () => {
    expect(productsOn({})).toBeUndefined();
  });
});

describe.runIf(tf.getBackend() === 'wasm')('on the wasm backend', () => {
  it('there are both', () => {
    expect(channelsOn(tf.backend())).toBeDefined();
    expect(productsOn(tf.backend())).toBeDefined();
  });
});
