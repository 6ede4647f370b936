import {describe, expect, it} from 'vitest';

import {moduleOn} from '../../../src/kernels/wasm/moduleOn';
import * as elementwiseModule from '../../../src/kernels/wasm/generated/elementwiseModule';
import {backendOn, memoryOf} from '../support';

interface Functions {
  passPositive(dy: number, x: number, to: number, length: number): void;
}

describe('moduleOn', () => {
  it.each([false, true])('puts a module on memory, shared: %s, once for each backend', (shared) => {
    const on = moduleOn<Functions>(elementwiseModule);
    const memory = memoryOf(shared);
    const {backend} = backendOn(memory);
    const instance = on(backend);
    const values = new Float32Array(memory.buffer);
    values.set([1, 2, 3, 4, 5], 0);
    values.set([-1, 0, 1, 2, -3], 16);
    instance?.run.passPositive(0, 64, 128, 5);
    expect([...values.subarray(32, 38)]).toEqual([0, 0, 3, 4, 0, 0]);
    expect(on(backend)).toBe(instance);
    expect(on(backendOn(memoryOf(shared)).backend)).not.toBe(instance);
  });

  it('is undefined where the memory is of another kind, or the module is none', () => {
    expect(moduleOn<Functions>(elementwiseModule)({})).toBeUndefined();
    const {backend} = backendOn(memoryOf(false));
    expect(moduleOn<Functions>({MODULE: 'AAAA', MEMORY_FLAGS_AT: 0})(backend)).toBeUndefined();
  });
});
