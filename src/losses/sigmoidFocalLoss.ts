import * as tf from '@tensorflow/tfjs-core';

import {checkNumber} from '../core/checks/checkNumber';
import {type Defaults, withDefaults} from '../core/options';
import {withGradient} from '../math/withGradient';
import {checkTargets, targetWeights, weightedSum, type Targets} from './targets';

/** Options of {@link sigmoidFocalLoss}. */
export interface SigmoidFocalLossOptions {
  /**
   * Focus γ ≥ 0 on scores that are not yet right; 0 gives binary cross-entropy. RoBal's baseline
   * uses 2, the CIFAR scripts of the class-balanced loss 1. @defaultValue 2
   */
  readonly gamma?: number | undefined;
}

const DEFAULTS: Defaults<SigmoidFocalLossOptions> = {gamma: 2};

const LARGEST_SCORE = 2 ** 126;

/**
 * Focal loss of independent sigmoid classes, Σ_c (1 - q_c)^γ (-log q_c), q_c being the probability
 * that a sigmoid gives to the truth about class c: sigmoid(z_y), and sigmoid(-z_c) for the others.
 * Start the biases of the last layer at log(π / (1 - π)), or the many wrong classes outweigh the
 * right one.
 *
 * @param logits - `[batch, classes]` float32 raw scores.
 * @param labels - `[batch]` int32 in `[0, classes)`, or weights `[batch, classes]` from 0 to 1, for
 *   which it is Σ_c t_c l(z_c) + (1 - t_c) l(-z_c).
 * @param options - See {@link SigmoidFocalLossOptions}.
 * @returns `[batch]` float32 in nats, summed over the classes; the caller disposes it.
 * @throws {@link InvalidArgumentError} if shapes disagree, a label is out of range or γ < 0.
 * @see Lin et al. 2017, Focal Loss for Dense Object Detection, Eq. (4); Cui et al. 2019, Sec. 4.3.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {sigmoidFocalLoss} from 'lt-robust';
 *
 * const logits = tf.tensor2d([[0, 0]]);
 * sigmoidFocalLoss(logits, tf.tensor1d([0], 'int32')).dataSync(); // => [0.346574]
 * ```
 */
export function sigmoidFocalLoss(
  logits: tf.Tensor2D,
  labels: Targets,
  options: SigmoidFocalLossOptions = {},
): tf.Tensor1D {
  const {gamma} = withDefaults('sigmoidFocalLoss', DEFAULTS, options);
  checkTargets('sigmoidFocalLoss', logits, labels);
  checkNumber('sigmoidFocalLoss', 'gamma', gamma, {min: 0});
  return tf.tidy(() => {
    const own = targetWeights(labels, logits.shape[1]);
    return sigmoidFocalOf(logits, own, tf.sub<tf.Tensor2D>(1, own), gamma);
  });
}

/**
 * Σ_c a_c l(z_c) + b_c l(-z_c), its gradient written out.
 *
 * @param logits - z, `[batch, classes]`.
 * @param own - a, `[batch, classes]`: how much the class is true; a constant.
 * @param other - b, `[batch, classes]`: how much it is not; a constant.
 * @param gamma - γ of l(s) = (1 - q)^γ (-log q) with q = sigmoid(s).
 * @internal
 */
export function sigmoidFocalOf(
  logits: tf.Tensor2D,
  own: tf.Tensor2D,
  other: tf.Tensor2D,
  gamma: number,
): tf.Tensor1D {
  if (logits.shape[0] === 0) return tf.zeros([0]);
  const forward = () => {
    // An infinite score, of a class that is masked, would be multiplied by 0.
    const scores = tf.clipByValue(logits, -LARGEST_SCORE, LARGEST_SCORE);
    const right = binaryFocal(scores, gamma);
    const wrong = binaryFocal(tf.neg(scores), gamma);
    return {
      value: tf.add<tf.Tensor1D>(weightedSum(own, right.value), weightedSum(other, wrong.value)),
      keep: {pull: tf.sub(tf.mul(own, right.slope), tf.mul(other, wrong.slope))},
    };
  };
  return withGradient([logits], forward, (dy, {pull}) => tf.mul(tf.expandDims(dy, 1), pull));
}

// l(s) = (1 - q)^γ (-log q) with q = sigmoid(s), and its derivative
// -(1 - q)^γ (γ q (-log q) + 1 - q).
function binaryFocal(s: tf.Tensor, gamma: number): {value: tf.Tensor; slope: tf.Tensor} {
  const factor = tf.exp(tf.mul(-gamma, softplus(s)));
  const cost = softplus(tf.neg(s));
  const steep = tf.mul(gamma, tf.mul(tf.sigmoid(s), cost));
  return {
    value: tf.mul(factor, cost),
    slope: tf.neg(tf.mul(factor, tf.add(steep, tf.sigmoid(tf.neg(s))))),
  };
}

// log(1 + e^s), without overflow.
const softplus = (s: tf.Tensor): tf.Tensor =>
  tf.add(tf.relu(s), tf.log1p(tf.exp(tf.neg(tf.abs(s)))));
