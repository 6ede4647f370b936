import * as tf from '@tensorflow/tfjs-core';

import type {Classifier} from '../core/classifier';
import {withGradientKernels} from '../kernels/withGradientKernels';

/**
 * One forward pass, with the kernels that the gradients are computed with: where tfjs gets an
 * operation wrong, an attack and the verdict on it must see the same model.
 *
 * @param classify - `x` to logits.
 * @param x - `[batch, ...]`.
 * @returns What the model returns; the caller disposes it.
 */
export function logitsAt<I extends tf.Tensor>(classify: Classifier<I>, x: I): tf.Tensor2D {
  return tf.tidy(() => withGradientKernels(() => classify(x)));
}
