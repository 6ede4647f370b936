import * as tf from '@tensorflow/tfjs-core';

/**
 * Which of this library's kernels compute on a backend: those composed of tfjs's own operations, or
 * the SIMD code of `registerGradientKernels`, plain or with relaxed SIMD. Their results differ in
 * the last digits.
 */
export type KernelSet = 'composed' | 'plain SIMD' | 'relaxed SIMD';

/**
 * The key under which a registered kernel of this library, or of another copy of it, states its
 * set.
 */
export const KERNEL_SET = Symbol.for('lt-robust.gradientKernels');

const SETS: readonly KernelSet[] = ['composed', 'plain SIMD', 'relaxed SIMD'];

/**
 * Which kernels attacks and training steps run on the current backend: read from tfjs's registry, so
 * that it is what runs, whoever registered it.
 *
 * @returns `'composed'` unless `registerGradientKernels` has been called on wasm and SIMD can run
 *   there.
 * @example
 * ```ts
 * import {kernelsInUse, registerGradientKernels} from 'lt-robust/kernels';
 *
 * const undo = await registerGradientKernels();
 * kernelsInUse(); // => 'composed' = on the cpu backend
 * undo();
 * ```
 */
export function kernelsInUse(): KernelSet {
  const config = tf.getKernel(tf.Conv2DBackpropFilter, tf.getBackend()) as
    tf.KernelConfig | undefined;
  const said: unknown = config && Reflect.get(config.kernelFunc, KERNEL_SET);
  return SETS.find((set) => set === said) ?? 'composed';
}

/**
 * What decides the last digits of what is computed now, for reports and for the identity of runs: the
 * backend, and on wasm the kernels.
 */
export function computedOn(): string {
  const backend = tf.getBackend();
  return backend === 'wasm' ? `${backend}, ${kernelsInUse()} kernels` : backend;
}

/** What has computed a run so far, and what computes it now, each listed once. */
export const alsoComputedOn = (before: readonly string[] | undefined): readonly string[] => [
  ...new Set([...(before ?? []), computedOn()]),
];
