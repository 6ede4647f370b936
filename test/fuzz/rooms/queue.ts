import * as queue from '../../../src/queue/index';
import {call, unrunCall, type Call} from '../call';
import {anything, only, optional, real, required, text, whole} from '../kinds';

const name = only(() => 'fuzz', (v) => typeof v === 'string' && v !== '' && !v.includes(':')); // prettier-ignore
const PLACE = {
  connection: required(
    only(
      () => ({host: 'localhost', port: 1}),
      (v) => typeof v === 'object' && v !== null,
    ),
  ),
  queue: name,
  prefix: name,
  connectTimeout: real(50, {above: 0}),
};
const RUN = {
  ...PLACE,
  run: optional(only(() => 'run', (v) => typeof v === 'string' && v !== '')), // prettier-ignore
  attempts: whole(1, 1, Infinity, Infinity),
  pollInterval: real(10, {above: 0}),
};

/** Queues: of a right call, nothing is tried here. */
export const QUEUE: readonly Call[] = [
  unrunCall('queueEvaluation', queue.queueEvaluation, {task: anything({})}, {
    ...{...RUN, shards: required(whole(2, 1, Infinity, Infinity))},
  }), // prettier-ignore
  unrunCall('queueSweep', queue.queueSweep, {tasks: only(() => [1], Array.isArray)}, RUN),
  call('redisCheckpoints', queue.redisCheckpoints, {
    client: only(
      () => ({get: () => Promise.resolve(null), set: () => Promise.resolve()}),
      (v) => v instanceof WeakMap || v instanceof Map,
    ),
    prefix: optional(text('fuzz:')),
  }),
  unrunCall('startWorker', (async (options: never, handlers: never) =>
      queue.startWorker(options, handlers)) as never,
    {
      options: only(() => ({connection: {host: 'localhost', port: 1}})),
      handlers: only(() => ({run: () => 1})),
    },
  ), // prettier-ignore
];
