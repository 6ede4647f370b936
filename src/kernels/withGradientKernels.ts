import * as tf from '@tensorflow/tfjs-core';

import {checkFunction} from '../core/checks/checkForm';
import {prepareGradientKernels} from './gradientKernels';
import {trackLayers} from './layerNames';
import {explained} from './missingGradients';
import {ofMemory} from './outOfMemory';
import {guardMemory} from './wasm/heap';
import {withWeightCaches} from './weightCache';

// The backend whose kernels are in tfjs's registries now. Scopes are synchronous, so one variable is
// enough.
let active: {readonly backend: string; readonly restore: () => void} | undefined;

const prepared = new Map<string, ReturnType<typeof prepareGradientKernels>>();

function enter(backend: string): void {
  const install = prepared.get(backend) ?? prepareGradientKernels(backend);
  prepared.set(backend, install);
  const undo = [install(), trackLayers(), guardMemory(tf.backend())];
  active = {backend, restore: () => undo.forEach((restore) => restore())};
}

function leave(): void {
  active?.restore();
  active = undefined;
}

/** Runs `body`, which changes what is registered for good, as if no scope were open. */
export function outsideOfScope(body: () => void): void {
  const scope = active;
  leave();
  try {
    body();
  } finally {
    if (scope) enter(scope.backend);
  }
}

/**
 * Runs a synchronous function with gradients that are complete, right and fast on the current
 * backend, and puts tfjs's registries back as they were, also when the function throws. Attacks and
 * training steps of this library enter such a scope themselves; entering takes microseconds, and
 * scopes may be nested.
 *
 * Stock tfjs has no gradient of comparisons and logic, `einsum`, `topk`, `stridedSlice`, dilated
 * convolutions, batch norm without scale or offset, broadcast products of matrices and many others.
 * On every backend, average pooling with padding, reflecting padding and resizing by pixel centres
 * have wrong gradients, and the layers of `tf.layers` compute the gradients of their weights where
 * only that of the input is asked for. Stock wasm lacks the gradients of convolution weights,
 * depthwise convolutions and gather, drops those of max pooling where a window is not positive, and
 * computes most gradients slowly; stock cpu takes about 50 times longer than needed for convolution
 * weights. Forward passes that a backend gets wrong are right in the scope, too, or refused.
 * docs/gradient-audit.md lists all of it.
 *
 * @param body - What to run; it must not return a promise, since the kernels go when it returns.
 * @returns What `body` returns.
 * @throws `MissingGradientsError` if `body` needs a gradient that there is not, such as one through
 *   `tf.unique` or a Fourier transform. It names the operation, and the layer where a
 *   `tf.LayersModel` runs it.
 * @throws `InvalidArgumentError` if `body` runs what the backend computes wrongly in the forward pass
 *   and this library does not put right: on wasm, padding by one number with windows that are not
 *   square or with unequal strides; on cpu, `tf.image.transform` of several images.
 * @throws `OutOfMemoryError` if the memory of the wasm backend has run out.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {withGradientKernels} from 'lt-robust/kernels';
 *
 * const x: tf.Tensor4D = tf.ones([1, 2, 2, 1]);
 * const filter = tf.ones([1, 1, 1, 1]);
 * const loss = (w: tf.Tensor) => tf.sum(tf.conv2d(x, w as tf.Tensor4D, 1, 'valid'));
 * const gradient = withGradientKernels(() => tf.grad(loss)(filter)); // throws on plain wasm
 * gradient.dataSync(); // => [4]
 * ```
 */
export function withGradientKernels<T>(body: () => T): T {
  checkFunction('withGradientKernels', 'body', body, 'Pass () => ..., which is run at once.');
  if (!tf.getBackend()) tf.backend(); // chooses one
  const backend = tf.getBackend();
  const outer = active;
  if (outer?.backend === backend) return withWeightCaches(body);
  leave();
  try {
    enter(backend);
    return withWeightCaches(body);
  } catch (error) {
    throw outer ? error : explained(ofMemory(error));
  } finally {
    leave();
    if (outer) enter(outer.backend);
  }
}
