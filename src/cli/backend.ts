import * as tf from '@tensorflow/tfjs-core';

import {registerGradientKernels} from '../kernels/registerGradientKernels';
import {startWasmThreads} from '../node/startWasmThreads';
import {CliError} from './cliError';

/** Backends that the command can start. */
export const BACKENDS = ['auto', 'wasm', 'cpu'] as const;

/** A name of {@link BACKENDS}. */
export type BackendName = (typeof BACKENDS)[number];

const PACKAGES = {
  wasm: () => import('@tensorflow/tfjs-backend-wasm'),
  cpu: () => import('@tensorflow/tfjs-backend-cpu'),
};

/** Starts a backend; whether it did. */
export async function tryBackend(name: 'wasm' | 'cpu', threads: number): Promise<boolean> {
  // What the user asked for by hand (a test, say) is there already.
  if (!(name in tf.engine().registryFactory)) {
    try {
      await PACKAGES[name]();
    } catch {
      return false;
    }
  }
  if (name === 'wasm' && threads > 1) {
    await startWasmThreads(threads);
    return true;
  }
  return tf.setBackend(name);
}

/** Which backend, and with how many threads. */
export interface BackendOptions {
  /** `auto`: wasm if its package is installed, else cpu. */
  readonly backend: BackendName;
  /** Threads of wasm. */
  readonly threads: number;
}

/**
 * Starts the backend, with gradients that are right and fast while `body` runs.
 *
 * @param body - Is told which backend it is.
 */
export async function withBackend<T>(
  {backend, threads}: BackendOptions,
  body: (backend: string) => Promise<T>,
): Promise<T> {
  // Registers gradient functions, without which nothing can be attacked.
  await import('@tensorflow/tfjs-layers');
  const wanted = backend === 'auto' ? (['wasm', 'cpu'] as const) : [backend];
  for (const candidate of wanted) {
    if (!(await tryBackend(candidate, threads))) continue;
    const undo = await registerGradientKernels();
    try {
      return await body(tf.getBackend());
    } finally {
      undo();
    }
  }
  throw new CliError(
    `No backend of TensorFlow.js is installed here (${wanted.join(', ')}).\n` +
      'Install one beside lt-robust:  npm install @tensorflow/tfjs-backend-wasm',
  );
}
