import * as tf from '@tensorflow/tfjs-core';

import type {Rng} from '../core/rng';

// x + uniform noise between two bounds, neither projected nor clipped; x itself without a generator.
function uniformStart(x: tf.Tensor, rng: Rng | undefined, low: number, high: number): tf.Tensor {
  if (rng === undefined) return tf.clone(x);
  const stream = rng.fork('start');
  const noise = Float32Array.from({length: x.size}, () => low + (high - low) * stream.uniform());
  return tf.tidy(() => tf.add(x, tf.tensor(noise, x.shape)));
}

/**
 * RoBal's start, x + ε U[0, 1): every pixel is raised, none lowered.
 *
 * @param epsilon - ε.
 * @internal
 */
export const oneSidedStart =
  (epsilon: number) =>
  (x: tf.Tensor, rng: Rng | undefined): tf.Tensor =>
    uniformStart(x, rng, 0, epsilon);

/**
 * REAT's start, x + U(-ε, ε), not clipped to the range of pixels.
 *
 * @param epsilon - ε.
 * @internal
 */
export const unclippedStart =
  (epsilon: number) =>
  (x: tf.Tensor, rng: Rng | undefined): tf.Tensor =>
    uniformStart(x, rng, -epsilon, epsilon);
