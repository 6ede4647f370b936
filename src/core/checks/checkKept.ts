import type * as tf from '@tensorflow/tfjs-core';

import {InvalidArgumentError} from '../errors';

/** What to do about a tensor that is gone before an asynchronous function is done with it. */
export const KEEP_WHILE_WAITING =
  'Await the call before disposing what it works with. Call it outside of tf.tidy, which disposes its ' +
  'tensors as soon as it returns, and does not wait.';

/**
 * Throws if a tensor of the caller was disposed while an asynchronous function waited.
 *
 * @param where - Public function, for the error message.
 * @param argument - Its argument.
 * @param tensor - The tensor.
 */
export function checkKept(where: string, argument: string, tensor: tf.Tensor): void {
  if (!tensor.isDisposed) return;
  throw new InvalidArgumentError({
    ...{where, argument, expected: 'outlive the call', found: 'a disposed tensor'},
    remedy: KEEP_WHILE_WAITING,
  });
}

/**
 * Runs an asynchronous function on tensors of the caller. If it fails because they are disposed
 * meanwhile, the error says so; any other is passed on.
 *
 * @param where - Public function, for the error message.
 * @param tensors - The caller's, by argument.
 * @param body - What to run.
 * @throws {@link InvalidArgumentError} if `body` throws and one of the tensors is gone.
 */
export async function whileKept<T>(
  where: string,
  tensors: Readonly<Record<string, tf.Tensor>>,
  body: () => Promise<T>,
): Promise<T> {
  try {
    return await body();
  } catch (cause) {
    for (const [argument, tensor] of Object.entries(tensors)) checkKept(where, argument, tensor);
    throw cause;
  }
}
