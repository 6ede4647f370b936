import {Queue, type ConnectionOptions} from 'bullmq';

import {describeValue} from '../core/describeValue';
import {InvalidArgumentError} from '../core/errors';
import {type Defaults} from '../core/options';

/** Which queue on which Redis. */
export interface QueuePlace {
  /** Where Redis is: `{host, port}`, `{url: 'redis://...'}`, or a client, as BullMQ takes it. */
  readonly connection: ConnectionOptions;
  /** Name of the queue. @defaultValue 'lt-robust' */
  readonly queue?: string | undefined;
  /** Prefix of all keys in Redis. @defaultValue 'lt-robust' */
  readonly prefix?: string | undefined;
  /**
   * How long Redis may take to answer at first, in milliseconds, before the call is refused. Later a
   * connection that is lost is waited for. @defaultValue 10000
   */
  readonly connectTimeout?: number | undefined;
}

/** Defaults of a place. */
export const PLACE: Defaults<QueuePlace, 'connection'> = {
  connection: undefined,
  queue: 'lt-robust',
  prefix: 'lt-robust',
  connectTimeout: 10_000,
};

/** A place with its defaults. */
export type FullQueuePlace = {
  readonly [K in keyof Required<QueuePlace>]: Exclude<QueuePlace[K], undefined>;
};

/** Throws unless there can be such a place. */
export function checkPlace(where: string, place: typeof PLACE): FullQueuePlace {
  const fail = (argument: string, expected: string, found: unknown, remedy: string): never => {
    throw new InvalidArgumentError({
      ...{where, argument, expected, found: describeValue(found), remedy},
    });
  };
  const {queue, prefix, connectTimeout} = place;
  const connection: ConnectionOptions | null | undefined = place.connection;
  if (typeof connection !== 'object' || connection === null) {
    const example = "Pass {connection: {host: 'localhost', port: 6379}}.";
    return fail('connection', 'say where Redis is', connection, example);
  }
  for (const [argument, name] of Object.entries({queue, prefix})) {
    if (typeof name === 'string' && name !== '' && !name.includes(':')) continue;
    fail(argument, 'be a name without colons', name, 'Colons separate the keys in Redis.');
  }
  if (typeof connectTimeout !== 'number' || !(connectTimeout > 0)) {
    fail('connectTimeout', 'be a number of milliseconds > 0', connectTimeout, 'Pass 10000, say.');
  }
  return {connection, queue, prefix, connectTimeout};
}

/**
 * Opens a queue and makes sure that Redis answers: a wrong address is an error, not a call that
 * never ends.
 */
export async function openQueue(where: string, place: FullQueuePlace): Promise<Queue> {
  const {connection, queue: name, prefix, connectTimeout} = place;
  const queue = new Queue(name, {connection, prefix});
  let reason = `no answer in ${connectTimeout} ms`;
  queue.on('error', ({message}) => {
    if (message !== '') reason = message;
  });
  let timer: NodeJS.Timeout | undefined;
  const isReady = await Promise.race([
    queue.waitUntilReady().then(
      () => true,
      (error: unknown) => {
        reason = error instanceof Error ? error.message : String(error);
        return false;
      },
    ),
    new Promise<false>((resolve) => {
      timer = setTimeout(resolve, connectTimeout, false);
    }),
  ]);
  clearTimeout(timer);
  if (isReady) return queue;
  await queue.close().catch(() => undefined);
  throw new InvalidArgumentError({
    ...{where, argument: 'connection'},
    expected: 'lead to a Redis that answers',
    found: reason,
    remedy: 'Start redis-server there, or correct host, port and password.',
  });
}
