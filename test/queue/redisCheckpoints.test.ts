import {Redis} from 'ioredis';
import {afterAll, afterEach, beforeAll, describe, expect, it} from 'vitest';

import {redisCheckpoints} from '../../src/queue/redisCheckpoints';
import {hasRedis, startRedis, type TestRedis} from '../support/redis';

describe.skipIf(!hasRedis)('redisCheckpoints', () => {
  let redis: TestRedis;
  let client: Redis;
  beforeAll(async () => {
    redis = await startRedis();
    client = new Redis({...redis.connection});
  });
  afterEach(() => redis.empty());
  afterAll(async () => {
    client.disconnect();
    await redis.stop();
  });

  it('keeps every bit, through a restart', async () => {
    const store = redisCheckpoints(client);
    const value = {weights: Float32Array.of(0.1, NaN, -0), epoch: 2};
    expect(await store.load('a')).toBeUndefined();
    await store.save('a', value);
    await redis.restart();
    expect(await store.load('a')).toEqual(value);
    expect(await redisCheckpoints(client, 'other:').load('a')).toBeUndefined();
  });

  it('refuses what was changed from outside', async () => {
    await client.set('lt-robust:checkpoints:b', 'nonsense');
    await expect(redisCheckpoints(client).load('b')).rejects.toMatchObject({
      ...{name: 'DataFormatError', source: 'lt-robust:checkpoints:b'},
    });
  });

  it.each([undefined, {}, 'redis://localhost'])('refuses %o as a client', (bad) => {
    expect(() => redisCheckpoints(bad as never)).toThrow('must be a client of Redis');
  });
});
