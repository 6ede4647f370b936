import type * as tf from '@tensorflow/tfjs-core';

import type {RunControl} from '../core/progress';
import type {RobustnessReport} from '../metrics/robustnessReport';
import {evaluateInPool} from '../node/evaluateInPool';
import {pooledEvaluation} from '../node/pooledEvaluation';
import {type BackendOptions, openBackend} from './backend';
import {openEvaluation} from './openEvaluation';
import {checkTask, type EvaluationTask} from './queuedEvaluation';

/** What a process of `evaluate --workers` is told. Plain data. */
interface PartTask {
  readonly task: EvaluationTask;
  readonly backend: BackendOptions;
}

/** What the processes of `evaluate --workers` run: an export of the file that this is built into. */
export const evaluatePart = pooledEvaluation<PartTask, tf.Tensor4D>(async ({task, backend}) => {
  const started = await openBackend(backend);
  const {model, data, options} = checkTask(task, started.name);
  const {classify, dataset, settings} = await openEvaluation(model, data, options);
  return {model: classify, data: dataset, options: settings};
});

/** Evaluates in several processes on this machine. */
export const evaluateOnWorkers = (
  task: EvaluationTask,
  {
    workers,
    shards,
    backend: name,
    threads,
    simd,
  }: BackendOptions & {workers: number; shards: number},
  control: RunControl,
): Promise<RobustnessReport> =>
  evaluateInPool(import.meta.url, {
    ...{workers, shards, exportName: 'evaluatePart', ...control},
    task: {task, backend: {backend: name, threads, simd}} satisfies PartTask,
  });
