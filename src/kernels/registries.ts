import * as tf from '@tensorflow/tfjs-core';

import {KERNEL_SET, type KernelSet} from '../core/computedOn';
import type {Gradient, Kernel, ShippedKernel} from './composed/kernel';

// Kernels that this library, or another copy of it, has registered for good: a scope leaves them.
const OURS = KERNEL_SET;

const nothing = () => undefined;

/** What tfjs has registered; its types say that it always has something. */
const kernelOf = (name: string, backend: string): tf.KernelConfig | undefined =>
  tf.getKernel(name, backend) as tf.KernelConfig | undefined;
const gradientOf = (name: string): tf.GradConfig | undefined =>
  tf.getGradient(name) as tf.GradConfig | undefined;

const shippedKernel =
  (run: tf.KernelFunc): ShippedKernel =>
  (call) =>
    run(call as never) as tf.TensorInfo; // none of those that are replaced gives several

/**
 * Replaces a kernel, unless it is this library's already.
 *
 * @param set - Which kernels of this library it belongs to.
 * @returns Puts back exactly what was there; where another has been registered since, leaves it.
 */
export function replaceKernel(
  kernelName: string,
  backendName: string,
  kernel: Kernel,
  mark: symbol = OURS,
  set: KernelSet = 'composed',
): () => void {
  const shipped = kernelOf(kernelName, backendName);
  if (shipped && mark in shipped.kernelFunc) return nothing;
  const original = shipped && shippedKernel(shipped.kernelFunc);
  // The registry's types know neither the names of the inputs nor the attributes.
  const kernelFunc: tf.KernelFunc = (call) => kernel(call as never, original);
  Object.assign(kernelFunc, {[mark]: true, [OURS]: set});
  const config: tf.KernelConfig = {...shipped, kernelName, backendName, kernelFunc};
  // tfjs warns when a kernel is overwritten.
  if (shipped) tf.unregisterKernel(kernelName, backendName);
  tf.registerKernel(config);
  return () => {
    if (kernelOf(kernelName, backendName) !== config) return;
    tf.unregisterKernel(kernelName, backendName);
    if (shipped) tf.registerKernel(shipped);
  };
}

/** Whether tfjs's gradients are loaded: tfjs-core alone has none in Node. */
export const hasGradients = (): boolean => gradientOf(tf.Identity) !== undefined;

/** Replaces a gradient likewise; where tfjs's gradients are not loaded, none is registered. */
export function replaceGradient(kernelName: string, gradient: Gradient): () => void {
  const shipped = gradientOf(kernelName);
  if ((shipped && OURS in shipped.gradFunc) || !hasGradients()) return nothing;
  const own = gradient(shipped);
  if (!own) return nothing;
  const config: tf.GradConfig = {...own, kernelName};
  Object.assign(config.gradFunc, {[OURS]: true});
  if (shipped) tf.unregisterGradient(kernelName);
  tf.registerGradient(config);
  return () => {
    if (gradientOf(kernelName) !== config) return;
    tf.unregisterGradient(kernelName);
    if (shipped) tf.registerGradient(shipped);
  };
}

/** Whether a backend has a kernel. */
export const hasKernel = (name: string, backend: string): boolean =>
  kernelOf(name, backend) !== undefined;
