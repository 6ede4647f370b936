import {describe, expect, it, vi} from 'vitest';

import {breathe} from '../../src/core/progress';

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
