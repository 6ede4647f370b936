import type * as tf from '@tensorflow/tfjs-core';

import {at} from '../../core/at';

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

/** A gradient, or none; `shipped` is the one of tfjs, where there is one. */
export type Gradient = (
  shipped: tf.GradConfig | undefined,
) => Omit<tf.GradConfig, 'kernelName'> | undefined;

/** Functions that compute the gradients to the inputs of a kernel, by the names of the inputs. */
export type Derivatives = Record<string, () => tf.Tensor>;

/**
 * Declares a gradient that needs nothing of the one that tfjs ships.
 *
 * @param inputsToSave - Inputs that `derive` reads.
 * @param derive - Receives the gradient to the output (to the first one, where there are several),
 *   what was saved and the attributes of the kernel; each derivative is computed when asked for.
 * @param settings - Further properties of the gradient.
 */
export const gradientOf =
  <Saved extends readonly (tf.Tensor | undefined)[], Attributes = never>(
    inputsToSave: string[],
    derive: (dy: tf.Tensor, saved: Saved, attrs: Attributes) => Derivatives,
    settings: Pick<tf.GradConfig, 'saveAllInputs' | 'outputsToSave'> = {},
  ): Gradient =>
  () => ({
    inputsToSave,
    gradFunc: (dy, saved, attrs) =>
      derive(
        Array.isArray(dy) ? at(dy, 0) : dy,
        saved as readonly tf.Tensor[] as Saved,
        attrs as Attributes,
      ),
    ...settings,
  });

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
