import {describe, expect, it} from 'vitest';

import {
  type EnsembleState,
  fingerprintOf,
  loadState,
  saveState,
} from '../../../src/attacks/autoAttack/state';
import {memoryCheckpoints} from '../../../src/core/checkpoint';

describe('fingerprintOf', () => {
  it('depends on every part, its type and its place', () => {
    const prints = [
      ['a', Float32Array.of(1, 2)],
      ['a', Float32Array.of(2, 1)],
      ['b', Float32Array.of(1, 2)],
      ['a', Int32Array.of(1, 2)],
      [Float32Array.of(1, 2), 'a'],
      ['a', Float32Array.of(1), Float32Array.of(2)],
    ].map(fingerprintOf);
    expect(new Set(prints).size).toBe(prints.length);
    for (const print of prints) expect(print).toMatch(/^[0-9a-f]{16}$/);
  });

  it('is the same for the same values', () => {
    const view = new Float32Array([0, 1, 2]).subarray(1);
    expect(fingerprintOf(['a', view])).toBe(fingerprintOf(['a', Float32Array.of(1, 2)]));
  });
});

describe('loadState', () => {
  const state = {format: 1, fingerprint: 'f', component: 2} as EnsembleState;

  it('gives back what was saved, as it was then', async () => {
    const store = memoryCheckpoints();
    expect(await loadState('where', store, 'key', 'f')).toBeUndefined();
    const changing = {...state};
    await saveState(store, 'key', changing);
    changing.component = 3;
    expect(await loadState('where', store, 'key', 'f')).toEqual(state);
  });

  it('refuses a state of another evaluation, and what is none', async () => {
    const store = memoryCheckpoints();
    await saveState(store, 'key', state);
    await expect(loadState('where', store, 'key', 'g')).rejects.toThrow(
      'where: "checkpoints" must hold this evaluation under "key", found one of other images',
    );
    await saveState(store, 'key', {...state, format: 2 as 1});
    await expect(loadState('where', store, 'key', 'f')).rejects.toThrow('found one of other');
    await store.save('key', 5);
    await expect(loadState('where', store, 'key', 'f')).rejects.toThrow('found something else');
    await store.save('key', null);
    await expect(loadState('where', store, 'key', 'f')).rejects.toThrow('found something else');
  });
});
