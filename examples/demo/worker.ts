import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-layers'; // registers the gradients
import * as tf from '@tensorflow/tfjs-core';
import {isInvalidArgumentError} from 'lt-robust';
import {registerGradientKernels} from 'lt-robust/kernels';

import {runMethod, type RunResult} from './runMethod';
import type {Job} from './settings';

/** What a worker tells the main process. */
export type Message =
  | {
      readonly kind: 'step';
      readonly phase: string;
      readonly done: number;
      readonly total: number;
      readonly epoch: number;
      readonly loss: number;
    }
  | {readonly kind: 'robust'; readonly accuracy: number}
  | {readonly kind: 'done'; readonly result: RunResult; readonly backend: string}
  | {readonly kind: 'failed'; readonly message: string};

// One tfjs engine per process: the runs of a pool train side by side, each on one core.
process.on('message', (job: Job) => {
  void run(job);
});
// Without the main process there is nobody to work for.
process.on('disconnect', () => process.exit(1));

async function run(job: Job): Promise<void> {
  const post = (message: Message) => process.send?.(message);
  try {
    const backend = await chooseBackend(job.settings.backend);
    // Attacks and training work without it; with it, wasm runs them on SIMD kernels.
    await registerGradientKernels();
    const result = await runMethod(job, {
      onProgress: ({phase, done, total, metrics}) => {
        post({
          ...{kind: 'step', phase, done, total},
          ...{epoch: metrics['epoch'] ?? 0, loss: metrics['loss'] ?? NaN},
        });
      },
      onEpoch: (_phase, {metrics}) => {
        const accuracy = metrics['pgd20'];
        if (accuracy !== undefined) post({kind: 'robust', accuracy});
      },
    });
    post({kind: 'done', result, backend});
  } catch (error) {
    post({kind: 'failed', message: describe(error)});
  }
}

/** What the user did wrong needs no stack, anything else does. */
function describe(error: unknown): string {
  if (isInvalidArgumentError(error)) return `${error.name}: ${error.message}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

async function chooseBackend(wanted: string): Promise<string> {
  const isThere = await tf.setBackend(wanted).catch(() => false);
  if (!isThere) await tf.setBackend('cpu');
  await tf.ready();
  return tf.getBackend();
}
