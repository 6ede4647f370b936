import * as tf from '@tensorflow/tfjs-core';

import type {Problem} from '../../src/attacks/search/problem';
import type {Classifier} from '../../src/core/classifier';

/** A problem as `attackVerdicts` would state it; the caller disposes its `x`. */
export function problemOf(
  model: Classifier<tf.Tensor2D>,
  x: number[][],
  labels: number[],
  given: Partial<Problem<tf.Tensor2D>> = {},
): Problem<tf.Tensor2D> {
  const input = tf.tensor2d(x);
  const [values, numClasses] = tf.tidy(() => {
    const logits = model(input);
    return [logits.dataSync<'float32'>(), logits.shape[1]] as const;
  });
  return {
    where: 'test',
    model,
    x: input,
    labels: Int32Array.from(labels),
    logits: values,
    numClasses,
    threat: {norm: 'linf', epsilon: 0.1, clip: [0, 1]},
    levels: undefined,
    ids: Int32Array.from(labels, (_, i) => i),
    rng: undefined,
    earlyStop: true,
    pause: () => Promise.resolve(),
    ...given,
  };
}
