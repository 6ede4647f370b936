import {Script} from 'node:vm';

import {describe, expect, it} from 'vitest';

import {
  CONTROL_BYTES,
  DOUBLES,
  LAYOUT,
  MOST_ARGUMENTS,
  MOST_PARTS,
  MOST_THREADS,
  PART_SIZE,
  THREAD_PROGRAM,
} from '../../../src/kernels/wasm/threadProgram';

// What it does is tested where it runs: kernelThreads.test.ts, and in a page test/browser/threads.test.ts.
describe('the program of a thread', () => {
  it('is a script', () => {
    expect(() => new Script(THREAD_PROGRAM)).not.toThrow();
    expect(THREAD_PROGRAM).not.toMatch(/\$\{|NaN|, undefined|\[object/);
  });

  it('is told by a memory in which nothing overlaps', () => {
    const {kernels, ...places} = LAYOUT;
    const all = Object.values(places);
    expect(new Set(all).size).toBe(all.length);
    expect(Math.max(...all)).toBe(places.ready);
    expect(DOUBLES).toBe(4 * (places.ready + kernels));
    expect(DOUBLES % 8).toBe(0);
    expect(PART_SIZE).toBeGreaterThanOrEqual(2 + MOST_ARGUMENTS);
    expect(CONTROL_BYTES).toBe(DOUBLES + 8 * (MOST_THREADS + MOST_PARTS * PART_SIZE));
    // The mask of arguments in a thread's own memory is an integer of 32 bits.
    expect(MOST_ARGUMENTS).toBeLessThan(31);
  });
});
