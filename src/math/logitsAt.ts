import * as tf from '@tensorflow/tfjs-core';

import {checkModelShape} from '../core/checks/checkTensors';
import type {Classifier} from '../core/classifier';

/**
 * A forward pass whose result is the caller's to dispose, whatever the model returns: a tensor of its
 * own, one that it keeps, a variable, or `x` itself.
 *
 * @param where - Public function, for the error message.
 * @param model - The model.
 * @param x - `[batch, ...]`.
 * @returns `[batch, classes]`.
 * @throws {@link InvalidArgumentError} if the model gives something else than that: one that squeezes
 *   loses the batch axis for a single example.
 */
export function logitsAt<I extends tf.Tensor>(
  where: string,
  model: Classifier<I>,
  x: I,
): tf.Tensor2D {
  return tf.tidy(() => {
    const logits = model(x);
    checkModelShape(where, logits, x.shape[0] ?? 0);
    return tf.clone(logits);
  });
}
