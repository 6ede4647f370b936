import {FlowProducer, type Job, type Queue} from 'bullmq';
import {createHash, randomUUID} from 'node:crypto';

import {describeValue} from '../core/describeValue';
import {InvalidArgumentError} from '../core/errors';
import {type Defaults, withDefaults} from '../core/options';
import {checkPlace, openQueue, PLACE, type FullQueuePlace, type QueuePlace} from './queuePlace';

/** A piece of work of a run, as it stands in the queue. */
export interface QueuedJob {
  /** Run that it belongs to. */
  readonly run: string;
  /** Its number in the run, from 1. */
  readonly part: number;
  /** Jobs of the run. */
  readonly of: number;
  /** What the caller gave: plain data. */
  readonly task: unknown;
}

/** The job that makes the results of a run into one, as it stands in the queue. */
interface QueuedWhole {
  readonly run: string;
  readonly of: number;
  /** Tells these tasks from others. */
  readonly ofTasks: string;
}

const digestOf = ({job}: RunPlan['kind'], tasks: readonly unknown[]): string =>
  createHash('sha256')
    .update(JSON.stringify([job, tasks]))
    .digest('hex');

/** Options of a run. */
export interface QueuedRunOptions extends QueuePlace {
  /**
   * Name of the run. What is queued under a name is queued once: a second call, after a crash for
   * instance, gets the same run. Other tasks under it are refused. @defaultValue undefined, a
   * random one
   */
  readonly run?: string | undefined;
  /** How often a job that throws is tried in all. @defaultValue 3 */
  readonly attempts?: number | undefined;
  /** Milliseconds between two checks of the queue. @defaultValue 500 */
  readonly pollInterval?: number | undefined;
}

/** Where a run stands. */
export interface QueueProgress {
  /** Jobs that are done. */
  readonly done: number;
  /** Jobs in all. */
  readonly total: number;
  /** Jobs that a worker has now. */
  readonly active: number;
  /** Fraction of the work that is done, from 0 to 1; the progress of active jobs counts. */
  readonly fraction: number;
}

/** How the result of a run is waited for. */
export interface WaitOptions {
  /** Stops waiting; the run itself goes on until it is cancelled. */
  readonly signal?: AbortSignal | undefined;
  /** Called at each check of the queue. */
  readonly onProgress?: ((progress: QueueProgress) => void | Promise<void>) | undefined;
}

/** A run of jobs in a queue. */
export interface QueuedRun<R> {
  /** Its name. */
  readonly run: string;
  /**
   * Waits until all jobs are done, also through a restart of Redis.
   *
   * @throws QueuedJobError if a job has failed for good, or the run was cancelled.
   */
  result(options?: WaitOptions): Promise<R>;
  /** Stops the run: jobs that wait are not started, those that run stop at their next step. */
  cancel(): Promise<void>;
  /** Removes the run, its results and its checkpoints from Redis. */
  remove(): Promise<void>;
  /** Ends the connections of this object; the run goes on. */
  close(): Promise<void>;
}

/** A job of a run failed for good. */
export class QueuedJobError extends Error {
  /** The name that `isQueuedJobError` compares. */
  override readonly name = 'QueuedJobError';
  /** Run. */
  readonly run: string;
  /** Number of the job, from 1; `null` where it is the whole that failed. */
  readonly part: number | null;
  /** Why it failed. */
  readonly reason: string;

  constructor(run: string, part: number | null, attempts: number, reason: string) {
    const what = part === null ? `The run "${run}"` : `Job ${part} of the run "${run}"`;
    super(`${what} failed, after ${attempts} attempts: ${reason}`);
    this.run = run;
    this.part = part;
    this.reason = reason;
  }
}

/** Whether `error` is a {@link QueuedJobError}, whichever copy of this package threw it. */
export const isQueuedJobError = (error: unknown): error is QueuedJobError =>
  error instanceof Error && error.name === 'QueuedJobError';

const DEFAULTS: Defaults<QueuedRunOptions, 'connection' | 'run'> = {
  ...PLACE,
  run: undefined,
  attempts: 3,
  pollInterval: 500,
};

/** Key in Redis that says that a run is cancelled. */
export const cancelKey = ({prefix, queue}: FullQueuePlace, run: string): string =>
  `${prefix}:${queue}:cancelled:${run}`;

/** Beginning of the keys in Redis of the checkpoints of all runs. */
export const checkpointPrefix = ({prefix, queue}: FullQueuePlace): string =>
  `${prefix}:${queue}:checkpoints:`;

/** Key of a job's checkpoints, after that beginning. */
export const checkpointKey = ({run, part}: Pick<QueuedJob, 'run' | 'part'>): string =>
  `${run} ${part}`;

type Client = Awaited<Queue['backend']['client']>;

// The checkpoints of all jobs of the run, whatever the jobs appended to their key.
async function removeCheckpoints(client: Client, place: FullQueuePlace, run: string) {
  const literal = `${checkpointPrefix(place)}${run} `.replaceAll(/[*?[\]\\^-]/g, '\\$&');
  let cursor = '0';
  do {
    const [next, keys] = await client.scan(cursor, {MATCH: `${literal}*`, COUNT: 1000});
    if (keys.length > 0) await client.del(...keys);
    cursor = next;
  } while (cursor !== '0');
}

/** Why a job of a cancelled run fails. */
export const CANCELLED = 'cancelled';

/** What is queued: one job for each task, and one that makes their results into one. */
export interface RunPlan {
  /** Name of the jobs, and of what is done with their results. */
  readonly kind: {readonly job: string; readonly whole: string};
  readonly tasks: readonly unknown[];
}

const jobId = (run: string, part: number): string => `${run}-${part}`;

/** Queues a run. */
export async function startRun<R>(
  where: string,
  {kind, tasks}: RunPlan,
  options: QueuedRunOptions,
): Promise<QueuedRun<R>> {
  const settings = withDefaults(where, DEFAULTS, options);
  const place = checkPlace(where, settings);
  const {run = randomUUID(), attempts, pollInterval} = settings;
  checkRun(where, {run, attempts, pollInterval});
  const queue = await openQueue(where, place);
  const {connection, prefix} = place;
  const flow = new FlowProducer({connection, prefix});
  flow.on('error', () => undefined); // it connects again by itself
  const base = {queueName: place.queue, prefix};
  const keep = {removeOnComplete: false, removeOnFail: false} as const;
  const ofTasks = digestOf(kind, tasks);
  const former: Job<Partial<QueuedWhole>> | undefined = await queue.getJob(run);
  if (former === undefined) {
    await flow.add({
      ...{...base, name: kind.whole},
      data: {run, of: tasks.length, ofTasks} satisfies QueuedWhole,
      opts: {...keep, jobId: run, attempts},
      children: tasks.map((task, i) => ({
        ...{...base, name: kind.job},
        data: {run, part: i + 1, of: tasks.length, task} satisfies QueuedJob,
        opts: {
          ...{...keep, jobId: jobId(run, i + 1), attempts, failParentOnFailure: true},
          backoff: {type: 'exponential', delay: 1000},
        },
      })),
    });
  } else if (former.data.ofTasks !== ofTasks) {
    await Promise.all([flow.close(), queue.close()]);
    throw new InvalidArgumentError({
      ...{where, argument: 'run'},
      expected: 'be the name of a run of the same tasks, or a new one',
      found: `${describeValue(run)}, under which other tasks are queued (${former.data.of ?? 0} of them)`,
      remedy: 'Choose another name, or call remove() of the former run.',
    });
  }
  const total = tasks.length;
  return {
    run,
    result: (wait = {}) => resultOf<R>(queue, {run, total, pollInterval}, wait),
    async cancel() {
      const client = await queue.backend.client;
      await client.set(cancelKey(place, run), '1');
    },
    async remove() {
      await queue.remove(run, {removeChildren: true});
      const client = await queue.backend.client;
      await client.del(cancelKey(place, run));
      await removeCheckpoints(client, place, run);
    },
    async close() {
      await Promise.all([flow.close(), queue.close()]);
    },
  };
}

function checkRun(
  where: string,
  {run, attempts, pollInterval}: {run: unknown; attempts: unknown; pollInterval: unknown},
): void {
  const fail = (argument: string, expected: string, found: unknown, remedy: string): never => {
    throw new InvalidArgumentError({
      where,
      argument,
      expected,
      found: describeValue(found),
      remedy,
    });
  };
  // BullMQ uses names of digits itself, and colons as separators.
  if (typeof run !== 'string' || !/^(?!\d+$)[^:]+$/.test(run)) {
    fail('run', 'be a name with a letter and without colons', run, "Pass 'resnet18-seed1', say.");
  }
  if (!Number.isSafeInteger(attempts) || Number(attempts) < 1) {
    fail('attempts', 'be an integer >= 1', attempts, 'Pass 3, say.');
  }
  if (typeof pollInterval !== 'number' || !(pollInterval > 0)) {
    fail('pollInterval', 'be a number of milliseconds > 0', pollInterval, 'Pass 500, say.');
  }
}

interface Watched {
  readonly run: string;
  readonly total: number;
  readonly pollInterval: number;
}

async function resultOf<R>(
  queue: Queue,
  {run, total, pollInterval}: Watched,
  {signal, onProgress}: WaitOptions,
): Promise<R> {
  for (;;) {
    signal?.throwIfAborted();
    // In this order: what is read before the job is done has no result, whatever its state is later.
    const state = await queue.getJobState(run);
    const whole: Job<unknown, R> | undefined = await queue.getJob(run);
    if (whole === undefined) throw new QueuedJobError(run, null, 0, 'it is not in the queue');
    if (state === 'completed') {
      await onProgress?.({done: total, total, active: 0, fraction: 1});
      return whole.returnvalue;
    }
    if (state === 'failed') throw await failureOf(queue, whole, {run, total});
    if (onProgress !== undefined) await onProgress(await progressOf(queue, {run, total}));
    await new Promise((resolve) => setTimeout(resolve, pollInterval));
  }
}

async function jobsOf(queue: Queue, {run, total}: Pick<Watched, 'run' | 'total'>) {
  const parts = Array.from({length: total}, (_, i) => i + 1);
  const jobs = await Promise.all(parts.map((part) => queue.getJob(jobId(run, part))));
  return jobs.filter((job) => job !== undefined);
}

async function progressOf(
  queue: Queue,
  watched: Pick<Watched, 'run' | 'total'>,
): Promise<QueueProgress> {
  const {total} = watched;
  const jobs = await jobsOf(queue, watched);
  const isDone = jobs.map(({finishedOn}) => finishedOn !== undefined);
  const done = isDone.filter(Boolean).length;
  const running = jobs.filter(({processedOn}, i) => processedOn !== undefined && !isDone[i]);
  const parts = running.map(({progress}) => (typeof progress === 'number' ? progress : 0));
  const sum = parts.reduce((all, part) => all + part, done);
  return {done, total, active: running.length, fraction: total === 0 ? 1 : sum / total};
}

async function failureOf(
  queue: Queue,
  whole: Job,
  watched: Pick<Watched, 'run' | 'total'>,
): Promise<QueuedJobError> {
  const {run} = watched;
  const failed = (await jobsOf(queue, watched)).filter(
    ({failedReason, finishedOn}) => failedReason !== undefined && finishedOn !== undefined,
  );
  // A job that failed by itself says more than those that were stopped for it.
  const [first] = failed.sort((a, b) => (a.finishedOn ?? 0) - (b.finishedOn ?? 0));
  if (first === undefined) {
    return new QueuedJobError(run, null, whole.attemptsMade, whole.failedReason ?? 'unknown');
  }
  const {part} = first.data as QueuedJob;
  return new QueuedJobError(run, part, first.attemptsMade, first.failedReason ?? 'unknown');
}
