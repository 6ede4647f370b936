import type * as tf from '@tensorflow/tfjs-core';

/** What an op hands to a kernel; unlike in the registry's type, the inputs are tensors. */
export interface KernelCall<Attributes> {
  readonly inputs: Readonly<Record<string, tf.Tensor>>;
  readonly backend: object;
  readonly attrs: Attributes;
}

/** A replacement for a kernel; `shipped` is the one it stands in for, where there is one. */
export type Kernel<Attributes = never> = (
  call: KernelCall<Attributes>,
  shipped: tf.KernelFunc | undefined,
) => tf.TensorInfo;

/** A gradient in place of the one that tfjs ships. */
export type Gradient = (shipped: tf.GradConfig) => tf.GradConfig;

interface HeapBackend {
  typedArrayFromHeap(tensor: tf.TensorInfo): Float32Array;
}

/**
 * The values of a float32 tensor, to be read only: on wasm a view into its memory, good until
 * something is allocated, on cpu the array itself.
 */
export function valuesOf(backend: object, tensor: tf.TensorInfo): Float32Array {
  return 'typedArrayFromHeap' in backend
    ? (backend as HeapBackend).typedArrayFromHeap(tensor)
    : ((tensor as tf.Tensor).dataSync() as Float32Array);
}
