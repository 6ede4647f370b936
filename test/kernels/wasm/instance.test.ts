import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {heapOf} from '../../../src/kernels/wasm/heap';
import {instanceOn} from '../../../src/kernels/wasm/instance';
import {backendOn, memoryOf} from '../support';

describe('instanceOn', () => {
  it.each([
    ['its own', false],
    ['shared', true],
  ])('works in place on %s memory', (_, shared) => {
    const memory = memoryOf(shared);
    const {backend} = backendOn(memory);
    const instance = instanceOn(backend);
    expect(instance?.heap.shared).toBe(shared);
    const values = new Float32Array(memory.buffer);
    values.set([1, 2, 3, 4, 5, 6], 64);
    instance?.run.sumRows(256, 512, 2, 3);
    expect([...values.subarray(128, 131)]).toEqual([5, 7, 9]);
    expect(instanceOn(backend)).toBe(instance);
  });

  it('is undefined where it cannot run', () => {
    expect(instanceOn({})).toBeUndefined();
    const limited = new WebAssembly.Memory({initial: 1}); // no maximum: cannot be imported
    const {backend} = backendOn(limited);
    expect(heapOf(backend)).toBeDefined();
    expect(instanceOn(backend)).toBeUndefined();
    expect(instanceOn(backend)).toBeUndefined();
  });

  it.runIf(tf.getBackend() === 'wasm')('exists on the wasm backend', () => {
    expect(instanceOn(tf.backend())).toBeDefined();
  });
});
