import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest';

import {breathe, breather} from '../../src/core/progress';

describe('breathe', () => {
  it('lets a timer through: what only awaits promises would not', async () => {
    let fired = false;
    setTimeout(() => (fired = true), 0);
    const end = Date.now() + 5000;
    while (!fired && Date.now() < end) await breathe();
    expect(fired).toBe(true);
  });

  it('rejects with the reason of the signal, before and after yielding', async () => {
    const reason = new Error('enough');
    await expect(breathe(AbortSignal.abort(reason))).rejects.toBe(reason);
    const controller = new AbortController();
    const pending = breathe(controller.signal);
    controller.abort(reason);
    await expect(pending).rejects.toBe(reason);
  });

  it('resolves with an unaborted signal', async () => {
    await expect(breathe(new AbortController().signal)).resolves.toBeUndefined();
  });

  it('yields by a message where there is no setImmediate, as in browsers', async () => {
    vi.stubGlobal('setImmediate', undefined);
    vi.resetModules();
    try {
      const browser = await import('../../src/core/progress');
      let fired = false;
      setTimeout(() => (fired = true), 0);
      const end = Date.now() + 5000;
      while (!fired && Date.now() < end) await browser.breathe();
      expect(fired).toBe(true);
    } finally {
      vi.unstubAllGlobals();
      vi.resetModules();
    }
  });
});

describe('breather', () => {
  let now: number;
  beforeEach(() => {
    now = 1000;
    vi.spyOn(performance, 'now').mockImplementation(() => now);
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  // Whether a call yields to the event loop: whether a macrotask set before it runs before it ends.
  async function hasYielded(breath: () => Promise<void>): Promise<boolean> {
    let fired = false;
    setImmediate(() => (fired = true));
    await breath();
    const result = fired;
    await new Promise((resolve) => setImmediate(resolve));
    return result;
  }

  it('yields after 20 ms by default, and again 20 ms after that', async () => {
    const breath = breather();
    const seen: boolean[] = [];
    for (const time of [1000, 1019, 1020, 1021, 1039, 1040, 1041]) {
      now = time;
      seen.push(await hasYielded(breath));
    }
    expect(seen).toEqual([false, false, true, false, false, true, false]);
  });

  it('yields as rarely as it is told', async () => {
    const breath = breather(undefined, 100);
    now = 1099;
    expect(await hasYielded(breath)).toBe(false);
    now = 1100;
    expect(await hasYielded(breath)).toBe(true);
    const always = breather(undefined, 0);
    expect(await hasYielded(always)).toBe(true);
    expect(await hasYielded(always)).toBe(true);
  });

  it('counts from the end of the last pause', async () => {
    const breath = breather();
    now = 1020;
    setImmediate(() => (now = 1500));
    expect(await hasYielded(breath)).toBe(true);
    now = 1519;
    expect(await hasYielded(breath)).toBe(false);
  });

  it('looks at the signal each time, yielding or not', async () => {
    const controller = new AbortController();
    const breath = breather(controller.signal);
    await breath();
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(breath()).rejects.toBe(reason);
    now = 5000;
    await expect(breath()).rejects.toBe(reason);
  });

  it('rejects when aborted while it yields', async () => {
    const controller = new AbortController();
    const pending = breather(controller.signal, 0)();
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(pending).rejects.toBe(reason);
  });
});
