import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-layers'; // registers the gradients
import * as tf from '@tensorflow/tfjs-core';
import {isInvalidArgumentError, type ProgressCallback} from 'lt-robust';
import {registerGradientKernels} from 'lt-robust/kernels';

import type {Message} from './pool';

// Without the main process there is nobody to work for.
process.on('disconnect', () => process.exit(1));

/** Tells the main process where the worker stands. */
export const post = (message: Message): void => void process.send?.(message);

/** Tells it of each training step. */
export const postStep: ProgressCallback = ({phase, done, total, metrics}) => {
  post({
    ...{kind: 'step', phase, done, total},
    ...{epoch: metrics['epoch'] ?? NaN, loss: metrics['loss'] ?? NaN},
  });
};

/** Starts tfjs in a worker; returns the backend that it is on: cpu, if the wanted one is not there. */
export async function startEngine(wanted: string): Promise<string> {
  const isThere = await tf.setBackend(wanted).catch(() => false);
  if (!isThere) await tf.setBackend('cpu');
  await tf.ready();
  // Attacks and training work without it; with it, wasm runs them on SIMD kernels.
  await registerGradientKernels();
  return tf.getBackend();
}

/** An error with the name of its run. What the user did wrong needs no stack, anything else does. */
export function errorOf(name: string, error: unknown): Error {
  const described = isInvalidArgumentError(error)
    ? `${error.name}: ${error.message}`
    : error instanceof Error
      ? (error.stack ?? error.message)
      : String(error);
  return new Error(`${name}: ${described}`, {cause: error});
}
