import * as tf from '@tensorflow/tfjs-core';

import {InvalidArgumentError} from '../errors';

/**
 * Throws unless TensorFlow.js can make a tensor: a backend is imported and has started.
 *
 * @param where - Public function that is about to make the first tensor.
 */
export function checkBackend(where: string): void {
  try {
    tf.backend();
  } catch (cause) {
    throw noBackend(where, cause);
  }
}

/**
 * Waits until the imported backend has started.
 *
 * @param where - Public function that is about to make the first tensor.
 * @throws {@link InvalidArgumentError} if none is imported, or none starts.
 */
export async function startedBackend(where: string): Promise<void> {
  try {
    await tf.ready();
    // If an operation came too early, the first wait is for what that began, and chooses no backend.
    if (!tf.getBackend()) await tf.ready();
  } catch (cause) {
    throw noBackend(where, cause);
  }
}

function noBackend(where: string, cause: unknown): InvalidArgumentError {
  const isNone = Object.keys(tf.engine().registryFactory).length === 0;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new InvalidArgumentError({
    where,
    argument: 'backend of TensorFlow.js',
    expected: 'be imported and started',
    found: isNone ? 'none' : `one that has not started (${reason})`,
    remedy: isNone
      ? "Begin the program with: import '@tensorflow/tfjs-backend-wasm'; await tf.setBackend('wasm'); or " +
        'the same with cpu, webgl or webgpu.'
      : 'Await tf.ready() or tf.setBackend(name) first.',
  });
}
