import * as tf from '@tensorflow/tfjs-core';

import {installGradientKernels} from './gradientKernels';
import {SIMD_GRADIENTS, SIMD_KERNELS} from './wasm/simdKernels';
import {outsideOfScope} from './withGradientKernels';

// One installation per backend, however often it is asked for; in the order in which they came.
const installed = new Map<string, {users: number; restore: () => void}>();

const install = (backend: string): (() => void) =>
  backend === 'wasm'
    ? installGradientKernels(backend, SIMD_KERNELS, SIMD_GRADIENTS)
    : installGradientKernels(backend);

/** Takes the kernels of a backend out. Gradients are shared: those of the other backends stay. */
function uninstall(backend: string): void {
  outsideOfScope(() => {
    for (const {restore} of [...installed.values()].reverse()) restore();
    installed.delete(backend);
    for (const [other, entry] of installed) entry.restore = install(other);
  });
}

/**
 * Gives the current backend complete, right and fast gradients for good, for programs that run
 * `model.fit` or their own `tf.variableGrads`: after it, a convolutional network trains on wasm, and
 * a dilated one on every backend. Call it once for each backend, after choosing it. What this library
 * itself computes is right without, but on wasm the call makes it faster as well: the kernels
 * registered here are SIMD code that works in place on the backend's memory. Where the engine or tfjs
 * does not allow that, they are composed from tfjs's own operations, as they are without the call.
 * Convolutions of 3x3 filters and stride 1 run by Winograd's algorithm, in half of the time or less,
 * wherever they are called from; outputs differ from tfjs's in rounding, by about 1e-6 of the
 * largest.
 *
 * @returns A function that takes them out again. The kernels stay until every caller has done so;
 *   gradients, which all backends share, until the last backend is done.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {registerGradientKernels} from 'lt-robust/kernels';
 *
 * const undo = await registerGradientKernels();
 * const gradient = tf.grad((x: tf.Tensor) => tf.sum(tf.gather(x, [0, 0])));
 * gradient(tf.tensor1d([1, 2])).dataSync(); // => [2, 0]
 * undo();
 * ```
 */
export async function registerGradientKernels(): Promise<() => void> {
  await tf.ready();
  const backend = tf.getBackend();
  let entry = installed.get(backend);
  if (!entry) installed.set(backend, (entry = {users: 0, restore: install(backend)}));
  const counted = entry;
  counted.users++;
  let undone = false;
  return () => {
    if (undone) return;
    undone = true;
    counted.users--;
    if (counted.users === 0) uninstall(backend);
  };
}
