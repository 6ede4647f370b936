import * as tf from '@tensorflow/tfjs-core';

import {asClassifier, type Classifier, type Model} from './classifier';
import {InvalidArgumentError} from './errors';
import {isLayersModel, outputOf} from './layers/layersModel';
import {describeValue} from './describeValue';

// Smallest normal float32: its logarithm is -87.3, and 1 / it is still finite.
const SMALLEST_PROBABILITY = 2 ** -126;

/**
 * Probabilities to logits: their logarithm, which softmax turns back into them. One column is the
 * probability of class 1 of two.
 *
 * @internal
 */
export function logProbabilities(probabilities: tf.Tensor, where: string): tf.Tensor2D {
  return tf.tidy(() => {
    if (!(probabilities instanceof tf.Tensor) || probabilities.rank !== 2) {
      throw new InvalidArgumentError({
        where,
        argument: 'model',
        expected: 'give probabilities [batch, classes], or [batch, 1]',
        found: describeValue(probabilities),
        remedy: 'Return one row per example.',
      });
    }
    const rows =
      probabilities.shape[1] === 1
        ? tf.concat([tf.sub(1, probabilities), probabilities], 1)
        : probabilities;
    return tf.log(tf.maximum(rows, SMALLEST_PROBABILITY)) as tf.Tensor2D;
  });
}

/**
 * Makes a classifier of a model that gives probabilities and whose logits cannot be had: the
 * logarithm of a probability is a valid logit. A probability that rounds to 0 or 1 has no usable
 * gradient, so an attack through it may look weaker than it is: prefer the true logits wherever
 * you can reach them (for a final softmax of a `tf.LayersModel` hand over the model as it is).
 *
 * @param model - A function or a `tf.LayersModel` (run in inference mode) from `x` to
 *   probabilities `[batch, classes]`, or `[batch, 1]`: that of class 1 of two (a sigmoid unit).
 * @returns The classifier to log-probabilities, in nats, at least -87.4.
 * @throws {@link InvalidArgumentError} if it is neither; at a call, if it does not give a matrix.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {fromProbabilities} from 'lt-robust';
 *
 * const model = fromProbabilities((x: tf.Tensor2D) => tf.softmax(x));
 * model(tf.tensor2d([[1, 1]])).dataSync(); // => [-0.6931, -0.6931]
 * ```
 */
export function fromProbabilities<I extends tf.Tensor = tf.Tensor4D>(
  model: Model<I>,
): Classifier<I> {
  const where = 'fromProbabilities';
  const probabilities =
    typeof model === 'object' && (model as unknown) !== null && isLayersModel(model)
      ? outputOf<I>(model, false, where)
      : asClassifier<I>(model, where);
  return (x) => tf.tidy(() => logProbabilities(probabilities(x), where));
}
