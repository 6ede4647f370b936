import {describe, expect, it} from 'vitest';

import {pooledEvaluation} from '../../src/node/pooledEvaluation';

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
});
