import * as tf from '@tensorflow/tfjs-core';

import {OutOfMemoryError} from '../core/errors';
import {heapOf} from './wasm/heap';

// What the wasm backend says when its heap cannot grow depends on where it asked for room: a trap of its code
// ("memory access out of bounds", "null function or function signature mismatch", "Aborted()"), or a view that
// does not fit. Nothing of it speaks of memory, and each may have another cause: the heap is asked.
const isSign = (error: unknown): error is Error =>
  error instanceof WebAssembly.RuntimeError ||
  // V8, Safari and Firefox, in this order.
  (error instanceof RangeError &&
    /offset is out of bounds|are out of bounds|out-of-range index/.test(error.message));

/** The error of a computation, as one that says so where the memory of the wasm backend has run out. */
export function ofMemory(error: unknown): unknown {
  if (tf.getBackend() !== 'wasm' || !isSign(error)) return error;
  const heap = heapOf(tf.backend());
  if (!heap?.isFull()) return error;
  return new OutOfMemoryError({backend: 'wasm', heapBytes: heap.memory.buffer.byteLength}, error);
}
