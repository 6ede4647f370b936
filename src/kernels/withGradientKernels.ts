import * as tf from '@tensorflow/tfjs-core';

import {installFusedGradients, installGradientKernels} from './gradientKernels';
import {withWeightCaches} from './weightCache';

// The backend whose kernels in tfjs's registries are ours now. Scopes are synchronous, so one
// variable is enough.
let active: {readonly backend: string; readonly restore: () => void} | undefined;

function enter(backend: string): void {
  const kernels = installGradientKernels(backend);
  const fused = installFusedGradients(backend); // on top of these
  active = {
    backend,
    restore: () => {
      fused();
      kernels();
    },
  };
}

function leave(): void {
  active?.restore();
  active = undefined;
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
 * asked for. Scopes may be nested. Attacks and training steps of this library enter one themselves;
 * entering takes microseconds.
 *
 * @param body - What to run; it must not return a promise, since the kernels go when it returns.
 * @returns What `body` returns.
 * @throws `InvalidArgumentError` if on wasm `body` needs a gradient that tfjs gets wrong there
 *   and that is not replaced: 3-D max pooling, 3-D convolution to its input, `dilation2d`.
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
  if (outer?.backend === backend) return body();
  leave();
  try {
    enter(backend);
    return outer ? body() : withWeightCaches(body);
  } finally {
    leave();
    if (outer) enter(outer.backend);
  }
}
