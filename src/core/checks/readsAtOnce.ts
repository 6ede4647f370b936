import * as tf from '@tensorflow/tfjs-core';

// On a GPU reading stalls the work.
const IN_MEMORY = new Set(['cpu', 'wasm', 'tensorflow']);

/** Whether reading a few labels at once costs nothing on the current backend. */
export const readsCheaply = (): boolean => IN_MEMORY.has(tf.getBackend());

/** Whether the current backend can read a tensor at once: WebGPU cannot. */
export const readsAtOnce = (): boolean => tf.getBackend() !== 'webgpu';
