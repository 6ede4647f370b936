/**
 * Evaluations and sweeps on a queue that people run already: BullMQ on Redis. Optional peers: bullmq,
 * ioredis.
 *
 * @packageDocumentation
 */

export {queueEvaluation, type QueueEvaluationOptions} from './queueEvaluation';
export {
  isQueuedJobError,
  QueuedJobError,
  type QueuedRun,
  type QueuedRunOptions,
  type QueueProgress,
  type WaitOptions,
} from './queuedRun';
export type {QueuePlace} from './queuePlace';
export {queueSweep} from './queueSweep';
export {redisCheckpoints, type RedisClient} from './redisCheckpoints';
export {
  startWorker,
  type JobControl,
  type JobHandlers,
  type QueueWorker,
  type WorkerOptions,
} from './startWorker';

// Errors that its functions throw.
export {DataFormatError, InvalidArgumentError} from '../core/errors';
