import * as tf from '@tensorflow/tfjs-core';

/** Whether the current backend can read a tensor at once: WebGPU cannot. */
export const readsAtOnce = (): boolean => tf.getBackend() !== 'webgpu';
