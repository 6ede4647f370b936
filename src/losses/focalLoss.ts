import * as tf from '@tensorflow/tfjs-core';

import {checkNumber} from '../core/checks/checkNumber';
import {type Defaults, withDefaults} from '../core/options';
import {withGradient} from '../math/withGradient';
import {probabilitiesOf} from './probabilities';
import {checkTargets, targetWeights, weightedSum, type Targets} from './targets';

/** Options of {@link focalLoss}. */
export interface FocalLossOptions {
  /**
   * Focus γ ≥ 0 on examples that are not yet right; 0 gives cross-entropy. LDAM-DRW's code uses 1,
   * RoBal's 2. @defaultValue 2
   */
  readonly gamma?: number | undefined;
}

const DEFAULTS: Defaults<FocalLossOptions> = {gamma: 2};

// Keeps (1 - p)^(γ - 1) finite for γ < 1.
const SMALLEST_REST = 1e-12;

/**
 * Focal loss of a softmax classifier, (1 - p_y)^γ (-log p_y): cross-entropy in which an example
 * counts less, the more confident the model is of its class. {@link sigmoidFocalLoss} is the form
 * for independent classes.
 *
 * @param logits - `[batch, classes]` float32 raw scores.
 * @param labels - `[batch]` int32 in `[0, classes)`, or weights `[batch, classes]`, with which the
 *   losses of the classes are weighted.
 * @param options - See {@link FocalLossOptions}.
 * @returns `[batch]` float32 in nats; the caller disposes it.
 * @throws {@link InvalidArgumentError} if shapes disagree, a label is out of range or γ < 0.
 * @see Lin et al. 2017, Focal Loss for Dense Object Detection, Eq. (4).
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {focalLoss} from 'lt-robust';
 *
 * const logits = tf.tensor2d([[0, 0], [5, 0]]);
 * const labels = tf.tensor1d([0, 0], 'int32');
 * focalLoss(logits, labels).dataSync(); // => [0.173287, 3.007739e-7]
 * ```
 */
export function focalLoss(
  logits: tf.Tensor2D,
  labels: Targets,
  options: FocalLossOptions = {},
): tf.Tensor1D {
  const {gamma} = withDefaults('focalLoss', DEFAULTS, options);
  checkTargets('focalLoss', logits, labels);
  checkNumber('focalLoss', 'gamma', gamma, {min: 0});
  if (logits.shape[0] === 0) return tf.zeros([0]);
  return tf.tidy(() => {
    const weights = targetWeights(labels, logits.shape[1]);
    const forward = () => {
      const {logP, p, rest} = probabilitiesOf(logits);
      const room = tf.maximum(rest, SMALLEST_REST);
      const factor = tf.pow(room, gamma);
      return {
        value: tf.neg<tf.Tensor1D>(weightedSum(tf.mul(weights, factor), logP)),
        keep: {logP, p, room, factor, weights},
      };
    };
    // With g = (1-p)^γ - γ (1-p)^(γ-1) p log p, the gradient is p Σ_c w_c g_c - w g.
    return withGradient([logits], forward, (dy, {logP, p, room, factor, weights: w}) => {
      // p log p, 0 where p is.
      const entropy = tf.mul(p, tf.where(tf.notEqual(p, 0), logP, tf.zerosLike(p)));
      const steep = tf.mul(tf.mul(gamma, tf.div(factor, room)), entropy);
      const weighted = tf.mul(w, tf.sub(factor, steep));
      const pull = tf.sub(tf.mul(p, tf.sum(weighted, 1, true)), weighted);
      return tf.mul(tf.expandDims(dy, 1), pull);
    });
  });
}
