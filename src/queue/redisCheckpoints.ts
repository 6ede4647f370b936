import {checkText} from '../core/checks/checkForm';
import type {CheckpointStore} from '../core/checkpoint';
import {describeValue} from '../core/describeValue';
import {InvalidArgumentError} from '../core/errors';
import {decodeCheckpoint, encodeCheckpoint} from '../node/checkpointBytes';

/** What is asked of a client of Redis: those of ioredis and of node-redis have it. */
export interface RedisClient {
  /** The text under `key`, or `null`. */
  get(key: string): Promise<string | null>;
  /** Keeps `value` under `key`. */
  set(key: string, value: string): Promise<unknown>;
}

/**
 * Checkpoints in Redis, so that a job that was killed goes on where it stood on whichever machine takes
 * it over. Each value is one key, which Redis sets whole or not at all, and has a checksum.
 *
 * @param client - A client of Redis; it stays yours to close.
 * @param prefix - What the keys begin with. Default: `'lt-robust:checkpoints:'`.
 * @returns A store for anything that takes a {@link CheckpointStore}. Its `load` throws
 *   {@link DataFormatError} on a value that was changed from outside.
 * @throws {@link InvalidArgumentError} if `client` has no `get` and `set`.
 * @example
 * ```ts no-run needs a Redis
 * import {Redis} from 'ioredis';
 * import {redisCheckpoints} from 'lt-robust/queue';
 *
 * const checkpoints = redisCheckpoints(new Redis());
 * await checkpoints.save('run', {epoch: 3});
 * ```
 */
export function redisCheckpoints(
  client: RedisClient,
  prefix = 'lt-robust:checkpoints:',
): CheckpointStore {
  checkText('redisCheckpoints', 'prefix', prefix);
  const isClient =
    typeof client === 'object' &&
    (client as unknown) !== null &&
    typeof client.get === 'function' &&
    typeof client.set === 'function';
  if (!isClient) {
    throw new InvalidArgumentError({
      ...{where: 'redisCheckpoints', argument: 'client', found: describeValue(client)},
      expected: 'be a client of Redis with get and set',
      remedy: "Pass new Redis() of the package 'ioredis'.",
    });
  }
  return {
    async load(key) {
      const text = await client.get(`${prefix}${key}`);
      if (text === null) return undefined;
      return decodeCheckpoint(Buffer.from(text, 'base64'), `${prefix}${key}`);
    },
    async save(key, value) {
      await client.set(`${prefix}${key}`, encodeCheckpoint(value).toString('base64'));
    },
  };
}
