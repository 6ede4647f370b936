import {describeValue} from '../core/describeValue';
import {InvalidArgumentError} from '../core/errors';
import {plainOptions} from '../core/options';
import type {RobustnessReport} from '../metrics/robustnessReport';
import {startRun, type QueuedRun, type QueuedRunOptions} from './queuedRun';

/** Names of the jobs of an evaluation. */
export const EVALUATION = {job: 'evaluate', whole: 'merge'} as const;

/** Options of {@link queueEvaluation}. */
export interface QueueEvaluationOptions extends QueuedRunOptions {
  /** Into how many parts the examples are split: several times the number of workers. */
  readonly shards: number;
}

const WHERE = 'queueEvaluation';

/**
 * Queues an evaluation in parts, which any number of workers on any machines do (see
 * {@link startWorker}). The report is that of `evaluateRobustness` in one process, to the last bit on
 * the same backend, whoever did which part and however often a worker was killed.
 *
 * @param task - Plain data that tells the workers what to evaluate: paths, names, options.
 * @param options - Where the queue is, and the number of parts.
 * @returns The run: `await run.result()` is the report.
 * @throws {@link InvalidArgumentError} if Redis does not answer or an option is out of range.
 * @example
 * ```ts no-run needs a Redis
 * import {queueEvaluation} from 'lt-robust/queue';
 *
 * const run = await queueEvaluation(
 *   {model: 'resnet18.json'},
 *   {connection: {host: 'localhost', port: 6379}, shards: 16},
 * );
 * const report = await run.result();
 * await run.close();
 * report.clean.accuracy;
 * ```
 */
export function queueEvaluation(
  task: unknown,
  options: QueueEvaluationOptions,
): Promise<QueuedRun<RobustnessReport>> {
  const {shards, ...place} = plainOptions(WHERE, options, 'shards');
  if (!Number.isSafeInteger(shards) || shards < 1 || shards > 100_000) {
    throw new InvalidArgumentError({
      ...{where: WHERE, argument: 'shards', found: describeValue(shards)},
      expected: 'be an integer from 1 to 100000',
      remedy: 'Pass a few times the number of workers.',
    });
  }
  const tasks = Array.from({length: shards}, () => task);
  return startRun<RobustnessReport>(WHERE, {kind: EVALUATION, tasks}, place);
}
