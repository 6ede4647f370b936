import {expect, it} from 'vitest';

import {isQueuedJobError, QueuedJobError, startRun} from '../../src/queue/queuedRun';

it('QueuedJobError says which job of which run failed, and why', () => {
  const error = new QueuedJobError('sweep-1', 3, 2, 'out of memory');
  expect(error.message).toBe('Job 3 of the run "sweep-1" failed, after 2 attempts: out of memory');
  expect(error).toMatchObject({run: 'sweep-1', part: 3, reason: 'out of memory'});
  expect(new QueuedJobError('a', null, 0, 'gone').message).toContain('The run "a" failed');
  expect(isQueuedJobError(error)).toBe(true);
  expect(isQueuedJobError(new Error('x'))).toBe(false);
});

it.each([
  [{run: '12'}, 'run'],
  [{run: 'a:b'}, 'run'],
  [{run: ''}, 'run'],
  [{attempts: 0}, 'attempts'],
  [{pollInterval: -1}, 'pollInterval'],
])('refuses %o before it connects', async (options, argument) => {
  const plan = {kind: {job: 'a', whole: 'b'}, tasks: [1]};
  const place = {connection: {host: '127.0.0.1', port: 9}, connectTimeout: 100};
  await expect(startRun('here', plan, {...place, ...options})).rejects.toMatchObject({
    ...{name: 'InvalidArgumentError', argument},
  });
});
