import {describe, expect, it} from 'vitest';

import {memoryCheckpoints} from '../../src/core/checkpoint';

describe('memoryCheckpoints', () => {
  it('gives back what was saved, typed arrays at any depth', async () => {
    const store = memoryCheckpoints();
    const value = {epoch: 3, weights: [Float32Array.of(1, 2)], best: {steps: Int32Array.of(4)}};
    await store.save('run', value);
    expect(await store.load('run')).toEqual(value);
    await store.save('run', null);
    expect(await store.load('run')).toBeNull();
  });

  it('keeps keys and stores apart', async () => {
    const store = memoryCheckpoints();
    await store.save('a', 1);
    expect(await store.load('b')).toBeUndefined();
    expect(await memoryCheckpoints().load('a')).toBeUndefined();
  });

  it('holds a copy, and hands out copies', async () => {
    const store = memoryCheckpoints();
    const weights = Float32Array.of(1);
    await store.save('run', {weights});
    weights[0] = 9;
    const loaded = (await store.load('run')) as {weights: Float32Array};
    expect(loaded.weights[0]).toBe(1);
    loaded.weights[0] = 8;
    expect(await store.load('run')).toEqual({weights: Float32Array.of(1)});
  });

  it('rejects what cannot be cloned and keeps the value before', async () => {
    const store = memoryCheckpoints();
    await store.save('run', 1);
    await expect(store.save('run', (() => 1) as never)).rejects.toThrow(/clone/);
    expect(await store.load('run')).toBe(1);
  });
});
