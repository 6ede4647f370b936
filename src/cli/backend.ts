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
  // tfjs greets whoever uses it in Node, and advises its native backend, which is not used here.
  tf.env().set('IS_TEST', true);
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

/**
 * Starts the backend, with gradients that are right and fast, and says which it is.
 *
 * @param name - `auto`: wasm if its package is installed, else cpu.
 * @param threads - Threads of wasm.
 */
export async function startBackend(name: BackendName, threads: number): Promise<string> {
  // Registers gradient functions, without which nothing can be attacked.
  await import('@tensorflow/tfjs-layers');
  const wanted = name === 'auto' ? (['wasm', 'cpu'] as const) : [name];
  for (const candidate of wanted) {
    if (!(await tryBackend(candidate, threads))) continue;
    await registerGradientKernels();
    return tf.getBackend();
  }
  throw new CliError(
    `No backend of TensorFlow.js is installed here (${wanted.join(', ')}).\n` +
      'Install one beside lt-robust:  npm install @tensorflow/tfjs-backend-wasm',
  );
}
