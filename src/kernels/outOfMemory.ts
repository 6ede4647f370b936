import * as tf from '@tensorflow/tfjs-core';

import {OutOfMemoryError} from '../core/errors';
import {heapOf} from './wasm/heap';

// What the wasm backend says when its heap cannot grow depends on where it asked for room: a trap of its code
// ("memory access out of bounds", "null function or function signature mismatch", "Aborted()"), or a view that
// does not fit. Nothing of it speaks of memory, and each may have another cause: the size of the heap decides.
const isSign = (error: unknown): error is Error =>
  error instanceof WebAssembly.RuntimeError ||
  (error instanceof Error && /offset is out of bounds|no room for/.test(error.message));

/** From here on the heap is held to be full, not wrong: browsers allow 1 to 4 GB. */
const LARGE = 2 ** 29;

/** The error of a computation, as one that says so where the memory of the wasm backend has run out. */
export function ofMemory(error: unknown): unknown {
  if (tf.getBackend() !== 'wasm' || !isSign(error)) return error;
  const heapBytes = heapOf(tf.backend())?.memory.buffer.byteLength ?? 0;
  return heapBytes < LARGE ? error : new OutOfMemoryError({backend: 'wasm', heapBytes}, error);
}
