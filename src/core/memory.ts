import * as tf from '@tensorflow/tfjs-core';

import {at} from './at';

/** Marks tensors (or anything that holds tensors) for disposal at the end; returns them. */
export type Own = <T extends tf.TensorContainer>(tensors: T) => T;

/**
 * Runs an asynchronous function that owns tensors. A `tf.tidy` does not span an `await`, so the
 * function names what it owns: all of it is disposed when it returns, throws or is aborted, and not
 * before, even if the program ends a scope of its own (`tf.engine().endScope()`) in between.
 *
 * @param body - Receives `own`; what it returns must not be owned, or is disposed with the rest.
 * @returns What `body` returned.
 */
export async function disposeAfter<T>(body: (own: Own) => Promise<T>): Promise<T> {
  const owned: tf.TensorContainer[] = [];
  const own: Own = (tensors) => {
    owned.push(tensors);
    for (const tensor of tf.tensor_util.getTensorsInContainer(tensors)) tf.keep(tensor);
    return tensors;
  };
  try {
    return await body(own);
  } finally {
    tf.dispose(owned);
  }
}

/**
 * Runs a function that records on tfjs's gradient tape. If it throws, the tensors that the tape had
 * saved for the backward pass are disposed: tfjs itself forgets them.
 *
 * @param body - Calls `tf.grad` or one of its kin.
 * @returns What `body` returned.
 */
export function disposeTapeOnThrow<T>(body: () => T): T {
  try {
    return body();
  } catch (error) {
    const {state} = tf.engine();
    // Inside another gradient the tape is that one's, and still in use.
    if (state.gradientDepth === 0) {
      for (const {saved} of state.activeTape ?? []) tf.dispose(saved);
      state.activeTape = [];
    }
    throw error;
  }
}

/** Runs a synchronous function whose result holds no tensors, and disposes all tensors that it makes. */
export function disposeAll<T>(body: () => T): T {
  const results: {readonly value: T}[] = [];
  tf.tidy(() => {
    results.push({value: body()});
  });
  return at(results, 0).value;
}
