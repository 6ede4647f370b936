import {describeValue} from '../core/describeValue';
import {InvalidArgumentError} from '../core/errors';
import {startRun, type QueuedRun, type QueuedRunOptions} from './queuedRun';

/** Names of the jobs of a sweep. */
export const SWEEP = {job: 'run', whole: 'collect'} as const;

const WHERE = 'queueSweep';

/**
 * Queues a sweep: one job for each task, say methods x seeds x ratios, which any number of workers on
 * any machines do (see {@link startWorker}). A training whose worker was killed goes on from its
 * checkpoint in Redis.
 *
 * @param tasks - Plain data, one entry for each job, at least one.
 * @param options - Where the queue is.
 * @returns The run: `await run.result()` is what the jobs returned, in the order of the tasks.
 * @throws {@link InvalidArgumentError} if Redis does not answer or there is no task.
 * @example
 * ```ts no-run needs a Redis
 * import {queueSweep} from 'lt-robust/queue';
 *
 * const sweep = await queueSweep<{accuracy: number}>(
 *   [
 *     {method: 'pgd', seed: 0},
 *     {method: 'trades', seed: 0},
 *   ],
 *   {connection: {host: 'localhost', port: 6379}},
 * );
 * const [pgd, trades] = await sweep.result();
 * ```
 */
export function queueSweep<R = unknown>(
  tasks: readonly unknown[],
  options: QueuedRunOptions,
): Promise<QueuedRun<readonly R[]>> {
  if (!Array.isArray(tasks) || tasks.length === 0) {
    throw new InvalidArgumentError({
      ...{where: WHERE, argument: 'tasks', found: describeValue(tasks)},
      expected: 'be an array with at least one task',
      remedy: "Pass [{method: 'pgd', seed: 0}, ...].",
    });
  }
  return startRun<readonly R[]>(WHERE, {kind: SWEEP, tasks}, options);
}
