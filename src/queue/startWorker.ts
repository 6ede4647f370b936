import {type Job, UnrecoverableError, Worker} from 'bullmq';

import type {CheckpointStore} from '../core/checkpoint';
import {checkNumber} from '../core/checks/checkNumber';
import {checkCount} from '../core/checks/checkTensors';
import {describeValue} from '../core/describeValue';
import {InvalidArgumentError} from '../core/errors';
import type {RunControl} from '../core/progress';
import type {EvaluationShard, Shard} from '../metrics/evaluateShard';
import {mergeShards} from '../metrics/mergeShards';
import {EVALUATION} from './queueEvaluation';
import {CANCELLED, cancelKey, checkpointKey, checkpointPrefix, type QueuedJob} from './queuedRun';
import {withDefaults} from '../core/options';
import {checkPlace, openQueue, PLACE, type QueuePlace} from './queuePlace';
import {SWEEP} from './queueSweep';
import {redisCheckpoints} from './redisCheckpoints';

/** What a job is run with: pass it on to `evaluateShard` or `train` as it is. */
export interface JobControl extends RunControl {
  /** Aborted when the run is cancelled, the worker is closed, or the job was given to another one. */
  readonly signal: AbortSignal;
  /** Tells the queue how far the job is; called by whatever it is passed on to. */
  readonly onProgress: NonNullable<RunControl['onProgress']>;
  /** A store in Redis: a job whose worker was killed goes on from it on another. */
  readonly checkpoints: CheckpointStore;
  /** The job's own key in it. */
  readonly checkpointKey: string;
}

/** What a worker can do. */
export interface JobHandlers {
  /** Evaluates a part: `(task, shard, control) => evaluateShard(model, dataset, shard, {...control})`. */
  readonly evaluate?:
    ((task: unknown, shard: Shard, control: JobControl) => Promise<EvaluationShard>) | undefined;
  /** Runs a task of a sweep, a training say. The result is plain data. */
  readonly run?: ((task: unknown, control: JobControl) => Promise<unknown>) | undefined;
}

/** Options of {@link startWorker}. */
export interface WorkerOptions extends QueuePlace {
  /**
   * Milliseconds without a sign of life from a worker after which its job counts as lost. A worker
   * that computes without yielding gives none: choose more than the longest step takes.
   * @defaultValue 60000
   */
  readonly lockDuration?: number | undefined;
  /** How often one and the same job may be lost before it counts as failed. @defaultValue 10 */
  readonly maxLost?: number | undefined;
}

const DEFAULTS = {...PLACE, lockDuration: 60_000, maxLost: 10};

/** A worker that takes jobs from a queue. */
export interface QueueWorker {
  /** Takes no further job, stops the current one at its next step, and gives it back to the queue. */
  close(): Promise<void>;
}

const WHERE = 'startWorker';

/**
 * Takes jobs from a queue, one at a time, until it is closed: start one on each machine, or several
 * processes on one. A worker may be killed at any moment, and Redis restarted: a job that was lost is
 * taken up by another worker, from its last checkpoint, and counts once.
 *
 * @param options - Where the queue is; see {@link WorkerOptions}.
 * @param handlers - What this worker can do. A job that it has no handler for fails.
 * @returns The worker; it runs until it is closed.
 * @throws {@link InvalidArgumentError} if Redis does not answer or there is no handler.
 * @example
 * ```ts no-run needs a Redis
 * import * as tf from '@tensorflow/tfjs-core';
 * import {evaluateShard} from 'lt-robust';
 * import {startWorker} from 'lt-robust/queue';
 *
 * const model = (x: tf.Tensor2D) => tf.mul<tf.Tensor2D>(9, x);
 * const data = {x: tf.tensor2d([[0.9, 0], [0.2, 1]]), labels: [0, 1]};
 * const worker = await startWorker(
 *   {connection: {host: 'localhost', port: 6379}},
 *   {
 *     evaluate: (task, shard, control) =>
 *       evaluateShard<tf.Tensor2D>(model, data, shard, {...control}),
 *   },
 * );
 * process.once('SIGTERM', () => void worker.close());
 * ```
 */
export async function startWorker(
  options: WorkerOptions,
  handlers: JobHandlers,
): Promise<QueueWorker> {
  const {lockDuration, maxLost, ...given} = withDefaults(WHERE, DEFAULTS, options);
  const place = checkPlace(WHERE, given);
  checkNumber(WHERE, 'lockDuration', lockDuration, {min: 1});
  checkCount(WHERE, 'maxLost', maxLost);
  checkHandlers(handlers);
  const queue = await openQueue(WHERE, place);
  const client = await queue.backend.client;
  const checkpoints = redisCheckpoints(client, checkpointPrefix(place));
  const closing = new AbortController();
  const isCancelled = async (run: string) => (await client.get(cancelKey(place, run))) !== null;

  const controlOf = (job: Job<QueuedJob>, signal: AbortSignal): JobControl => {
    const {run, part} = job.data;
    return {
      ...{signal, checkpoints, checkpointKey: checkpointKey({run, part})},
      async onProgress({done, total}) {
        if (await isCancelled(run)) throw new UnrecoverableError(CANCELLED);
        await job.updateProgress(total === 0 ? 0 : done / total);
      },
    };
  };
  const perform = async (job: Job<QueuedJob>, signal: AbortSignal): Promise<unknown> => {
    const {run, part, of, task} = job.data;
    if (await isCancelled(run)) throw new UnrecoverableError(CANCELLED);
    const control = controlOf(job, signal);
    switch (job.name) {
      case EVALUATION.job:
        return present(handlers.evaluate, 'evaluate')(task, {part, of}, control);
      case SWEEP.job:
        return present(handlers.run, 'run')(task, control);
      case EVALUATION.whole:
        return mergeShards((await resultsOf(job)) as EvaluationShard[]);
      case SWEEP.whole:
        return resultsOf(job);
      default:
        throw new UnrecoverableError(`No worker of this version knows jobs named "${job.name}".`);
    }
  };
  const worker = new Worker<QueuedJob>(
    place.queue,
    (job, _token, signal) =>
      perform(job, AbortSignal.any([closing.signal, ...(signal ? [signal as AbortSignal] : [])])),
    {
      ...{connection: place.connection, prefix: place.prefix, lockDuration},
      ...{concurrency: 1, maxStalledCount: maxLost, stalledInterval: lockDuration / 2},
    },
  );
  worker.on('error', () => undefined); // it connects again by itself
  return {
    async close() {
      closing.abort(new Error('The worker was closed.'));
      await worker.close();
      await queue.close();
    },
  };
}

function checkHandlers(handlers: JobHandlers): void {
  const {evaluate, run}: Partial<Record<keyof JobHandlers, unknown>> =
    typeof handlers === 'object' && (handlers as unknown) !== null ? handlers : {};
  const given = [evaluate, run].filter((handler) => handler !== undefined);
  if (given.length > 0 && given.every((handler) => typeof handler === 'function')) return;
  throw new InvalidArgumentError({
    ...{where: WHERE, argument: 'handlers', found: describeValue(handlers)},
    expected: 'have a function evaluate or run',
    remedy: 'Pass {evaluate: (task, shard, control) => evaluateShard(...)}.',
  });
}

function present<T>(handler: T | undefined, name: string): T {
  if (handler !== undefined) return handler;
  throw new UnrecoverableError(`The worker that took this job has no handler "${name}".`);
}

/** Results of the jobs of a run, in their order. */
async function resultsOf(job: Job<QueuedJob>): Promise<unknown[]> {
  const byKey = await job.getChildrenValues();
  const results = new Map(
    Object.entries(byKey).map(([key, value]) => [key.slice(key.lastIndexOf('-') + 1), value]),
  );
  return Array.from({length: job.data.of}, (_, i) => results.get(String(i + 1)) as unknown);
}
