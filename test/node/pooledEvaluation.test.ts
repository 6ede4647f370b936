import {describe, expect, it} from 'vitest';

import {pooledEvaluation} from '../../src/node/pooledEvaluation';
import {dataset, model, options} from '../support/queueTask';

// What it does in a pool is tested there: test/node/evaluateInPool.test.ts.
describe('pooledEvaluation', () => {
  it('refuses what is no function', () => {
    expect(() => pooledEvaluation({} as never)).toThrow(
      /pooledEvaluation: "open" must be a function, found an object/,
    );
  });

  it.each([undefined, {}, {format: 'another'}])('is not called by hand: %o', async (part) => {
    await expect(
      pooledEvaluation(() => Promise.reject(new Error()))(part as never),
    ).rejects.toThrow(/"part" must be a part that the pool hands out/);
  });

  const part = (number: number, of: number, task: unknown = null) => ({
    ...{format: 'lt-robust pool part 1' as const, task, shard: {part: number, of}},
  });

  /** What `body` sends to its parent; nothing of it arrives, nor does the end of the parent end it. */
  async function sentBy(body: () => Promise<unknown>): Promise<unknown[]> {
    const sent: unknown[] = [];
    const [send, before] = [process.send, process.listeners('disconnect')];
    process.send = (message: unknown) => sent.push(message) > 0;
    try {
      await body();
    } finally {
      if (send === undefined) delete process.send;
      else process.send = send;
      for (const listener of process.listeners('disconnect')) {
        if (!before.includes(listener)) process.off('disconnect', listener);
      }
    }
    return sent;
  }

  it('opens once for all parts of a process, and tells how far each is', async () => {
    const tasks: unknown[] = [];
    const handler = pooledEvaluation((task) => {
      tasks.push(task);
      return {model, data: dataset, options: options()};
    });
    const shards: unknown[] = [];
    const counts = [process.listenerCount('disconnect')];
    const sent = await sentBy(async () => {
      shards.push(await handler(part(1, 3, {a: 1})), await handler(part(2, 3, {a: 1})));
      counts.push(process.listenerCount('disconnect'));
    });
    expect(tasks).toEqual([{a: 1}]);
    expect(shards).toMatchObject([
      {part: 1, of: 3, evaluation: expect.anything() as object},
      {part: 2, of: 3},
    ]);
    // It ends with its parent, and asks for that once.
    expect(counts[1]).toBe((counts[0] ?? NaN) + 1);
    for (const number of [1, 2]) {
      const fractions = (sent as {format: string; part: number; fraction: number}[])
        .filter((message) => message.part === number)
        .map(({format, fraction}) => {
          expect(format).toBe('lt-robust pool progress 1');
          return fraction;
        });
      expect(fractions.length).toBeGreaterThan(2);
      expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
      expect(fractions.every((fraction) => fraction >= 0 && fraction <= 1)).toBe(true);
      expect(fractions.at(-1)).toBe(1);
    }
  });

  it('takes an evaluation without options', async () => {
    const handler = pooledEvaluation(async () => ({model, data: dataset}));
    await sentBy(async () => {
      expect(await handler(part(1, 1))).toMatchObject({part: 1, of: 1});
    });
  });

  it.each([undefined, null, 3, {}, {model}, {data: dataset}])(
    'refuses what is no evaluation: %#',
    async (opened) => {
      await sentBy(async () => {
        await expect(pooledEvaluation(() => opened as never)(part(1, 1))).rejects.toThrow(
          /^pooledEvaluation: "open" must return an object \{model, data, options\}, found .* Return what evaluateRobustness would be called with\.$/,
        );
      });
    },
  );

  it('passes on what opening throws, for every part', async () => {
    const handler = pooledEvaluation(() => Promise.reject(new Error('no file')));
    await sentBy(async () => {
      await expect(handler(part(1, 2))).rejects.toThrow('no file');
      await expect(handler(part(2, 2))).rejects.toThrow('no file');
    });
  });

  it('says what to do instead of calling it', async () => {
    const handler = pooledEvaluation(() => Promise.reject(new Error('opened')));
    await expect(handler([] as never)).rejects.toThrow(
      'pooledEvaluation: "part" must be a part that the pool hands out, found an empty array. Give ' +
        'the address of the module to evaluateInPool; do not call its export.',
    );
  });
});
