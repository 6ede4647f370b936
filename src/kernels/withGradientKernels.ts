import * as tf from '@tensorflow/tfjs-core';

import {installGradientKernels} from './gradientKernels';
import {trackLayers} from './layerNames';
import {explained} from './missingGradients';
import {withWeightCaches} from './weightCache';

// The backend whose kernels in tfjs's registries are ours now. Scopes are synchronous, so one
// variable is enough.
let active: {readonly backend: string; readonly restore: () => void} | undefined;

function enter(backend: string): void {
  const undo = [installGradientKernels(backend), trackLayers()];
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
 * backend, and puts tfjs's registries back as they were, also when the function throws. Stock wasm
 * lacks the gradients of convolution weights, depthwise convolutions and gather, drops those of
 * max pooling where a window is not positive, gives zeros for strided convolutions with padding
 * 'same' that do not read all of the input, and computes most gradients slowly; stock cpu takes
 * about 50 times longer than needed for convolution weights; and on every backend average pooling
 * with padding, reflecting padding and resizing by pixel centres have wrong gradients, and the
 * layers of `tf.layers` compute the gradients of their weights where only that of the input is
 * asked for. Here are also gradients that tfjs has not: of comparisons and logic, `einsum`, `topk`,
 * `stridedSlice`, dilated convolutions, batch norm without scale or offset, broadcast products of
 * matrices and others (docs/gradient-audit.md has all). Scopes may be nested. Attacks and training steps of this library enter one themselves;
 * entering takes microseconds.
 *
 * @param body - What to run; it must not return a promise, since the kernels go when it returns.
 * @returns What `body` returns.
 * @throws `MissingGradientsError` if `body` needs a gradient that there is not, or that tfjs gets
 *   wrong on this backend and that is not replaced: on wasm, 3-D max pooling, 3-D convolution to its
 *   input and `dilation2d`. It names the operation and the layer of tf.layers it was run in.
 * @example
 * ```ts
 * const x: tf.Tensor4D = tf.ones([1, 2, 2, 1]);
 * const filter = tf.ones([1, 1, 1, 1]);
 * const loss = (w: tf.Tensor) => tf.sum(tf.conv2d(x, w as tf.Tensor4D, 1, 'valid'));
 * const gradient = withGradientKernels(() => tf.grad(loss)(filter)); // throws on plain wasm
 * gradient.dataSync(); // => [4]
 * ```
 */
export function withGradientKernels<T>(body: () => T): T {
  if (!tf.getBackend()) tf.backend(); // chooses one
  const backend = tf.getBackend();
  const outer = active;
  if (outer?.backend === backend) return withWeightCaches(body);
  leave();
  try {
    enter(backend);
    return withWeightCaches(body);
  } catch (error) {
    throw outer ? error : explained(error);
  } finally {
    leave();
    if (outer) enter(outer.backend);
  }
}
