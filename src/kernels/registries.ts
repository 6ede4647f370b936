import * as tf from '@tensorflow/tfjs-core';

import {KERNEL_SET, type KernelSet} from '../core/computedOn';
import type {Gradient, Kernel, ShippedKernel} from './composed/kernel';

// Kernels that this library, or another copy of it, has registered for good: a scope leaves them.
const OURS = KERNEL_SET;

/** Puts back exactly what was there; where another has been registered since, leaves it. */
export type Undo = () => void;

/** Where there is nothing to put back. */
export const nothing: Undo = () => undefined;

type Registry = ReadonlyMap<string, unknown>;

/** What tfjs keeps for all copies of itself in a program, under names of its own. */
const globals = (): ReadonlyMap<string, unknown> | undefined =>
  (globalThis as {readonly _tfGlobals?: ReadonlyMap<string, unknown>})._tfGlobals;

const registry = (name: string): Registry | undefined => {
  const found = globals()?.get(name);
  return found instanceof Map ? found : undefined;
};

/**
 * Remembers what is registered under some names, for a look at all of them that takes some microseconds:
 * `tf.getKernel` joins a key for each.
 *
 * @returns Whether it still is; `undefined` where a future tfjs keeps it elsewhere.
 */
export function stillRegistered(
  backend: string,
  kernels: readonly string[],
  gradients: readonly string[],
): (() => boolean) | undefined {
  const [ofKernels, ofGradients] = [registry('kernelRegistry'), registry('gradRegistry')];
  if (!ofKernels || !ofGradients) return undefined;
  const kernelKeys = kernels.map((name) => `${backend}_${name}`);
  const known = kernels.every(
    (name, i) => ofKernels.get(kernelKeys[i] ?? '') === kernelOf(name, backend),
  );
  if (!known) return undefined;
  const entries = [
    ...kernelKeys.map((key) => ({of: ofKernels, key, config: ofKernels.get(key)})),
    ...gradients.map((key) => ({of: ofGradients, key, config: ofGradients.get(key)})),
  ];
  return () => entries.every(({of, key, config}) => of.get(key) === config);
}

/** What tfjs has registered; its types say that it always has something. */
export const kernelOf = (name: string, backend: string): tf.KernelConfig | undefined =>
  tf.getKernel(name, backend) as tf.KernelConfig | undefined;
export const gradientOf = (name: string): tf.GradConfig | undefined =>
  tf.getGradient(name) as tf.GradConfig | undefined;

const shippedKernel =
  (run: tf.KernelFunc): ShippedKernel =>
  (call) =>
    run(call as never) as tf.TensorInfo; // none of those that are replaced gives several

// What was made for one that tfjs ships. A scope is entered for each step of an attack, and finds the same.
interface Made<C> {
  readonly shipped: C | undefined;
  readonly config: C;
  readonly undo: Undo;
}

function madeKernel(
  shipped: tf.KernelConfig | undefined,
  [kernelName, backendName, kernel, mark = OURS, set = 'composed']: KernelArguments,
): Made<tf.KernelConfig> {
  const original = shipped && shippedKernel(shipped.kernelFunc);
  // The registry's types know neither the names of the inputs nor the attributes.
  const kernelFunc: tf.KernelFunc = (call) => kernel(call as never, original);
  Object.assign(kernelFunc, {[mark]: true, [OURS]: set});
  const config: tf.KernelConfig = {...shipped, kernelName, backendName, kernelFunc};
  const undo = () => {
    if (kernelOf(kernelName, backendName) !== config) return;
    tf.unregisterKernel(kernelName, backendName);
    if (shipped) tf.registerKernel(shipped);
  };
  return {shipped, config, undo};
}

type KernelArguments = [
  kernelName: string,
  backendName: string,
  kernel: Kernel,
  mark?: symbol,
  set?: KernelSet,
];

/**
 * Prepares to replace a kernel, unless it is this library's already. What is registered is the same each
 * time, so that only one who undoes each before the next may do it more than once.
 *
 * @param set - Which kernels of this library it belongs to.
 * @returns Replaces it.
 */
export function kernelReplacement(...kernel: KernelArguments): () => Undo {
  const [kernelName, backendName, , mark = OURS] = kernel;
  let made: Made<tf.KernelConfig> | undefined;
  return () => {
    const shipped = kernelOf(kernelName, backendName);
    if (shipped && mark in shipped.kernelFunc) return nothing;
    if (made?.shipped !== shipped) made = undefined;
    made ??= madeKernel(shipped, kernel);
    // tfjs warns when a kernel is overwritten.
    if (shipped) tf.unregisterKernel(kernelName, backendName);
    tf.registerKernel(made.config);
    return made.undo;
  };
}

/** Replaces a kernel, see {@link kernelReplacement}. */
export const replaceKernel = (...kernel: KernelArguments): Undo => kernelReplacement(...kernel)();

/** Whether tfjs's gradients are loaded: tfjs-core alone has none in Node. */
export const hasGradients = (): boolean => gradientOf(tf.Identity) !== undefined;

function madeGradient(
  shipped: tf.GradConfig | undefined,
  kernelName: string,
  gradient: Gradient,
): Made<tf.GradConfig> | undefined {
  const own = gradient(shipped);
  if (!own) return undefined;
  // What it saves may be a getter, since a gradient serves all backends: a spread would call it.
  const copy = Object.defineProperties({...own}, Object.getOwnPropertyDescriptors(own));
  const config: tf.GradConfig = Object.assign(copy, {kernelName});
  Object.assign(config.gradFunc, {[OURS]: true});
  const undo = () => {
    if (gradientOf(kernelName) !== config) return;
    tf.unregisterGradient(kernelName);
    if (shipped) tf.registerGradient(shipped);
  };
  return {shipped, config, undo};
}

/** Whether a gradient is one of this library's. */
export function hasOwnGradient(name: string): boolean {
  const found = gradientOf(name);
  return found !== undefined && OURS in found.gradFunc;
}

/** Prepares to replace a gradient likewise; where tfjs's gradients are not loaded, none is registered. */
export function gradientReplacement(kernelName: string, gradient: Gradient): () => Undo {
  let made: Made<tf.GradConfig> | undefined;
  return () => {
    const shipped = gradientOf(kernelName);
    if ((shipped && OURS in shipped.gradFunc) || !hasGradients()) return nothing;
    if (made?.shipped !== shipped) made = undefined;
    made ??= madeGradient(shipped, kernelName, gradient);
    if (!made) return nothing;
    if (shipped) tf.unregisterGradient(kernelName);
    tf.registerGradient(made.config);
    return made.undo;
  };
}

/** Replaces a gradient, see {@link gradientReplacement}. */
export const replaceGradient = (kernelName: string, gradient: Gradient): Undo =>
  gradientReplacement(kernelName, gradient)();

/** Whether a backend has a kernel. */
export const hasKernel = (name: string, backend: string): boolean =>
  kernelOf(name, backend) !== undefined;
