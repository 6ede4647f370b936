import * as tf from '@tensorflow/tfjs-core';

import {checkModelShape} from '../core/checks/checkTensors';
import type {Classifier} from '../core/classifier';
import {withGradientKernels} from '../kernels/withGradientKernels';
import {callModel} from './callModel';

/**
 * A forward pass whose result is the caller's to dispose, whatever the model returns: a tensor of its
 * own, one that it keeps, a variable, or `x` itself. It runs with the kernels that the gradients are
 * computed with: where tfjs gets an operation wrong, an attack and the verdict on it must see the same
 * model.
 *
 * @param where - Public function, for the error message.
 * @param model - The model.
 * @param x - `[batch, ...]`.
 * @returns `[batch, classes]`.
 * @throws {@link InvalidArgumentError} if the model gives anything else: one that squeezes loses
 *   the batch axis for a single example.
 */
export function logitsAt<I extends tf.Tensor>(
  where: string,
  model: Classifier<I>,
  x: I,
): tf.Tensor2D {
  return tf.tidy(() => {
    const logits = withGradientKernels(() => callModel(where, model, x));
    checkModelShape(where, logits, x.shape[0] ?? 0);
    return tf.clone(logits);
  });
}
