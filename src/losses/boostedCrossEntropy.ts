import * as tf from '@tensorflow/tfjs-core';

import {withGradient} from '../math/withGradient';
import {oneHotRows} from './logitRatio';
import {probabilitiesOf} from './probabilities';
import {checkTargets, targetWeights, weightedSum, type Targets} from './targets';

// From MART's code: 1.0001 - p + 1e-12.
const SLACK = 1e-4 + 1e-12;

/**
 * MART's boosted cross-entropy, -log p_y - log(1.0001 - max_{k≠y} p_k + 1e-12) with
 * p = softmax(z): cross-entropy, and a margin to the likeliest wrong class.
 *
 * @param logits - `[batch, classes]` float32 raw scores.
 * @param labels - `[batch]` int32 in `[0, classes)`, or weights `[batch, classes]`, with which the
 *   losses of the classes are weighted.
 * @returns `[batch]` float32 in nats, above cross-entropy by -1e-4 to 9.22; the caller disposes it.
 * @throws {@link InvalidArgumentError} if shapes disagree or a label is out of range.
 * @see Wang et al. 2020, Improving Adversarial Robustness Requires Revisiting Misclassified
 *   Examples, Eq. (8); the constants are those of its code. If several wrong classes are equally
 *   likely, the one with the lowest index is taken.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {boostedCrossEntropy} from 'lt-robust';
 *
 * const logits = tf.tensor2d([[0, 0]]);
 * boostedCrossEntropy(logits, tf.tensor1d([0], 'int32')).dataSync(); // => [1.386094]
 * ```
 */
export function boostedCrossEntropy(logits: tf.Tensor2D, labels: Targets): tf.Tensor1D {
  checkTargets('boostedCrossEntropy', logits, labels);
  if (logits.shape[0] === 0) return tf.zeros([0]);
  return tf.tidy(() => {
    const weights = targetWeights(labels, logits.shape[1]);
    const forward = () => {
      const {logP, p, rest, top} = probabilitiesOf(logits);
      // The likeliest wrong class is the likeliest of all, or the second where that is the true
      // one.
      const second = oneHotRows(tf.argMax(tf.sub(logits, tf.mul(top, 2 ** 127)), 1), p.shape[1]);
      const roomOf = (runnerUp: tf.Tensor) =>
        tf.add(tf.sum(tf.mul(runnerUp, rest), 1, true), SLACK);
      const roomOfTop = roomOf(top);
      const roomOfSecond = roomOf(second);
      const wrong = tf.add(
        tf.mul(top, tf.log(roomOfSecond)),
        tf.mul(tf.sub(1, top), tf.log(roomOfTop)),
      );
      const ofWrong = tf.sum(tf.mul(weights, wrong), 1);
      return {
        value: tf.sub<tf.Tensor1D>(tf.neg(weightedSum(weights, logP)), ofWrong),
        keep: {p, rest, top, second, roomOfTop, roomOfSecond, weights},
      };
    };
    return withGradient([logits], forward, boostedGradient);
  });
}

interface Kept {
  readonly p: tf.Tensor2D;
  readonly rest: tf.Tensor2D;
  readonly top: tf.Tensor2D;
  readonly second: tf.Tensor2D;
  readonly roomOfTop: tf.Tensor;
  readonly roomOfSecond: tf.Tensor;
  readonly weights: tf.Tensor2D;
}

// (Σ w) p - w, and p_k / (1.0001 - p_k) (e_k - p) for the runner-up k of each class, with its weight.
function boostedGradient(dy: tf.Tensor, kept: Kept): tf.Tensor {
  const {p, rest, top, second, roomOfTop, roomOfSecond, weights} = kept;
  const total = tf.sum(weights, 1, true);
  const onTop = tf.sum(tf.mul(weights, top), 1, true);
  const pull = (runnerUp: tf.Tensor2D, room: tf.Tensor, weight: tf.Tensor) => {
    const probability = tf.sum(tf.mul(runnerUp, p), 1, true);
    // e_k - p. 1 - p_k is computed as a sum, since the divisor is small and would enlarge its
    // rounding.
    const direction = tf.sub(tf.mul(runnerUp, rest), tf.mul(tf.sub(1, runnerUp), p));
    return tf.mul(tf.mul(weight, tf.div(probability, room)), direction);
  };
  const gradient = tf.addN([
    tf.sub(tf.mul(total, p), weights),
    pull(top, roomOfTop, tf.sub(total, onTop)),
    pull(second, roomOfSecond, onTop),
  ]);
  return tf.mul(tf.expandDims(dy, 1), gradient);
}
