import path from 'node:path';

import type {RobustnessReport} from '../metrics/robustnessReport';
import type {WaitOptions} from '../queue/queuedRun';
import {CliError} from './cliError';
import {isMissingPackage} from './missingPackage';
import type {EvaluationOptions} from './openEvaluation';
import {versionOf} from './versions';

const FORMAT = 'lt-robust-evaluation';
const OWN_VERSION = versionOf('lt-robust') ?? 'unknown';

/** What the workers are told of an evaluation. Plain data. */
export interface EvaluationTask {
  readonly format: typeof FORMAT;
  /** Of the package that queued it: another one may give other numbers. */
  readonly version: string;
  /** What TensorFlow.js calls the backend; likewise. */
  readonly backend: string;
  /** Absolute paths, as every worker sees them. */
  readonly model: string;
  readonly data: string;
  readonly options: EvaluationOptions;
}

/** Where the queue is, and how an evaluation is put there. */
export interface QueueOptions {
  /** Address of Redis: `redis://host:6379`. */
  readonly queue: string;
  readonly shards: number;
  readonly run?: string | undefined;
}

/** Host and port of an address, without what should not be shown. */
export function hostOf(url: string): string {
  try {
    const {host} = new URL(url);
    if (host !== '') return host;
  } catch {
    // said below
  }
  throw new CliError(`--queue takes the address of a Redis, such as redis://localhost:6379.`);
}

/** The queue's code, with the packages that only it needs. */
export async function loadQueue() {
  try {
    const [{queueEvaluation}, {startWorker}] = await Promise.all([
      import('../queue/queueEvaluation'),
      import('../queue/startWorker'),
    ]);
    return {queueEvaluation, startWorker};
  } catch (error) {
    if (['bullmq', 'ioredis'].some((name) => isMissingPackage(error, name))) {
      throw new CliError('A queue needs BullMQ: npm install bullmq ioredis');
    }
    throw error;
  }
}

/** The task of an evaluation; options that only say what becomes of the report are left out. */
export function taskOf(
  model: string,
  data: string,
  backend: string,
  options: EvaluationOptions,
): EvaluationTask {
  const {attack, norm, epsilon, steps, tail, examples, batchSize, seed} = options;
  const {part, channels, classCounts, logits, inputRange} = options;
  return {
    ...{format: FORMAT, version: OWN_VERSION, backend},
    ...{model: path.resolve(model), data: path.resolve(data)},
    options: {
      ...{attack, norm, epsilon, steps, tail, examples, batchSize, seed},
      ...{part, channels, classCounts, logits, inputRange},
    },
  };
}

/** The task that a worker was handed; throws unless this one can do it with the same numbers. */
export function checkTask(task: unknown, backend: string): EvaluationTask {
  const isOurs =
    typeof task === 'object' && task !== null && 'format' in task && task.format === FORMAT;
  if (!isOurs) {
    throw new CliError('The part was not queued by "lt-robust evaluate --queue".');
  }
  const given = task as EvaluationTask;
  if (given.version !== OWN_VERSION) {
    throw new CliError(
      `The part was queued by lt-robust ${given.version}, this worker is ${OWN_VERSION}: install one version everywhere.`,
    );
  }
  if (given.backend !== backend) {
    throw new CliError(
      `The part was queued for the backend ${given.backend}, this worker runs on ${backend}: start it with --backend.`,
    );
  }
  return given;
}

/** Queues an evaluation and waits for its report. */
export async function evaluateOnQueue(
  task: EvaluationTask,
  {queue: url, shards, run: name}: QueueOptions,
  {signal, onProgress}: WaitOptions,
): Promise<RobustnessReport> {
  const {queueEvaluation} = await loadQueue();
  const run = await queueEvaluation(task, {connection: {url}, shards, run: name});
  try {
    const report = await run.result({signal, onProgress});
    await run.remove();
    return report;
  } catch (error) {
    // A run without a name cannot be gone on with; one that failed would be in the way.
    if (name === undefined || signal?.aborted !== true) await run.cancel();
    throw error;
  } finally {
    await run.close();
  }
}
