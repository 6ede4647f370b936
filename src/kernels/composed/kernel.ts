import * as tf from '@tensorflow/tfjs-core';

import {at} from '../../core/at';

/** What an op hands to a kernel; unlike in the registry's type, the inputs are tensors. */
export interface KernelCall<Attributes, Inputs> {
  readonly inputs: Inputs;
  readonly backend: object;
  readonly attrs: Attributes;
}

/** The kernel that a replacement stands in for; it takes whatever call it is given. */
export type ShippedKernel = (call: KernelCall<unknown, object>) => tf.TensorInfo;

/**
 * A replacement for a kernel.
 *
 * @typeParam Attributes - What tfjs hands to it besides tensors.
 * @typeParam Inputs - The tensors, by name.
 */
export type Kernel<Attributes = never, Inputs = never> = (
  call: KernelCall<Attributes, Inputs>,
  shipped: ShippedKernel | undefined,
) => tf.TensorInfo;

/** Runs the kernel that tfjs ships, for a replacement that is only registered where there is one. */
export function runShipped(
  shipped: ShippedKernel | undefined,
  call: KernelCall<unknown, object>,
): tf.TensorInfo {
  if (shipped === undefined) throw new Error('TensorFlow.js has no kernel here to stand in for');
  return shipped(call);
}

/** Returns what `body` makes, and disposes the other tensors that it makes on the way. */
export function withoutRest(body: () => tf.TensorInfo): tf.TensorInfo {
  const made: tf.TensorInfo[] = [];
  tf.tidy(() => {
    made.push(body()); // not returned: the engine, which runs the kernel, owns it
  });
  return at(made, 0);
}

/** A gradient, or none; `shipped` is the one of tfjs, where there is one. */
export type Gradient = (
  shipped: tf.GradConfig | undefined,
) => Omit<tf.GradConfig, 'kernelName'> | undefined;

/** The gradient to the output of a kernel; if there are several outputs, that to the first. */
export const outputGradient = (dy: tf.Tensor | tf.Tensor[]): tf.Tensor =>
  Array.isArray(dy) ? at(dy, 0) : dy;

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
      derive(outputGradient(dy), saved as readonly tf.Tensor[] as Saved, attrs as Attributes),
    ...settings,
  });

interface HeapBackend {
  typedArrayFromHeap(tensor: tf.TensorInfo): Float32Array;
}

const hasHeap = (backend: object): backend is HeapBackend => 'typedArrayFromHeap' in backend;

/**
 * The values of a float32 tensor, to be read only: on wasm a view into its memory, good until
 * something is allocated, on cpu the array itself.
 */
export function valuesOf(backend: object, tensor: tf.Tensor): Float32Array {
  return hasHeap(backend) ? backend.typedArrayFromHeap(tensor) : tensor.dataSync<'float32'>();
}
