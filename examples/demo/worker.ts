import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-layers'; // registers the gradients
import * as tf from '@tensorflow/tfjs-core';
import {isInvalidArgumentError} from 'lt-robust';
import {registerGradientKernels} from 'lt-robust/kernels';

import {runMethod, type RunResult} from './runMethod';
import type {Job} from './settings';

/** What a worker is given. */
export interface Task {
  readonly job: Job;
  readonly cacheFolder: string;
  /** Hash of the code that computes it. */
  readonly code: string;
}

/** What a worker tells while it runs. */
export type Message =
  | {
      readonly kind: 'step';
      readonly phase: string;
      readonly done: number;
      readonly total: number;
      readonly epoch: number;
      readonly loss: number;
    }
  | {readonly kind: 'robust'; readonly accuracy: number};

// Without the main process there is nobody to work for.
process.on('disconnect', () => process.exit(1));

/** Runs one task. Each process has a tfjs engine of its own, on one core. */
export async function run({job, cacheFolder, code}: Task): Promise<RunResult> {
  const post = (message: Message) => process.send?.(message);
  try {
    const backend = await chooseBackend(job.settings.backend);
    // Attacks and training work without it; with it, wasm runs them on SIMD kernels.
    await registerGradientKernels();
    return await runMethod(job, {
      ...{cacheFolder, code, backend},
      watch: {
        onProgress: ({phase, done, total, metrics}) => {
          post({
            ...{kind: 'step', phase, done, total},
            ...{epoch: metrics['epoch'] ?? 0, loss: metrics['loss'] ?? NaN},
          });
        },
        onEpoch: ({pgd20}) => {
          if (pgd20 !== undefined) post({kind: 'robust', accuracy: pgd20});
        },
      },
    });
  } catch (error) {
    throw new Error(`${job.method}, seed ${job.seed}: ${describe(error)}`, {cause: error});
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
