import {evaluateShard} from '../../metrics/evaluateShard';
import type {BackendOptions} from '../backend';
import {EXIT} from '../cliError';
import {openEvaluation, type OpenEvaluation} from '../openEvaluation';
import {checkTask, hostOf, loadQueue} from '../queuedEvaluation';
import type {ModelContext} from './evaluate';

/** Options of `worker`. */
export interface WorkerCommandOptions extends BackendOptions {
  /** Address of Redis. */
  readonly queue: string;
  /** Seconds without a sign of life from a worker after which its part counts as lost. */
  readonly lost: number;
}

/** Does parts of evaluations that `evaluate --queue` has queued, until it is interrupted. */
export async function worker(
  {queue, lost}: WorkerCommandOptions,
  {terminal, signal, backend}: ModelContext,
): Promise<number> {
  const host = hostOf(queue);
  const {startWorker} = await loadQueue();
  // The model and the data of the last part: the next one is mostly of the same evaluation.
  let open: {readonly key: string; readonly evaluation: OpenEvaluation} | undefined;
  const evaluationOf = async (given: unknown): Promise<OpenEvaluation> => {
    const {model, data, options} = checkTask(given, backend);
    const key = JSON.stringify(given);
    if (open?.key === key) return open.evaluation;
    open?.evaluation.dispose();
    open = undefined;
    const evaluation = await openEvaluation(model, data, options);
    open = {key, evaluation};
    return evaluation;
  };
  const started = await startWorker(
    {connection: {url: queue}, lockDuration: 1000 * lost},
    {
      async evaluate(task, shard, control) {
        const {classify, dataset, settings} = await evaluationOf(task);
        terminal.err(`part ${shard.part} of ${shard.of}: at work\n`);
        const result = await evaluateShard(classify, dataset, shard, {...settings, ...control});
        terminal.err(`part ${shard.part} of ${shard.of}: done\n`);
        return result;
      },
    },
  );
  terminal.err(`Waiting for parts on ${host}, backend ${backend}. Ctrl-C ends the worker.\n`);
  try {
    await new Promise<void>((resolve) => {
      if (signal === undefined || signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), {once: true});
    });
  } finally {
    await started.close();
    open?.evaluation.dispose();
  }
  return EXIT.ok;
}
