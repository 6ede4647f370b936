import type * as tf from '@tensorflow/tfjs-core';

import type {Rng} from '../../core/rng';

/** A random change of a batch of images; the caller disposes the result. */
export type Augmentation = (x: tf.Tensor4D, rng: Rng) => tf.Tensor4D;

/** An {@link Augmentation} that works on the pixels outside of the device, or waits for one. */
export type AsyncAugmentation = (x: tf.Tensor4D, rng: Rng) => Promise<tf.Tensor4D>;
