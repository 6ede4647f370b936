import * as tf from '@tensorflow/tfjs-core';

import {checkNumber} from '../core/checks/checkNumber';
import {checkLogits, checkSameShape} from '../core/checks/checkTensors';
import {type Defaults, withDefaults} from '../core/options';
import {withGradient} from '../math/withGradient';

/** Options of {@link klDivergence}. */
export interface KlDivergenceOptions {
  /**
   * Temperature > 0. Both rows of logits are divided by it, and the divergence is multiplied by its
   * square. @defaultValue 1
   */
  readonly temperature?: number | undefined;
}

const DEFAULTS: Defaults<KlDivergenceOptions> = {temperature: 1};

/**
 * Kullback-Leibler divergence between two softmax outputs, T² KL(softmax(t/T) ‖ softmax(z/T)): how
 * far a prediction is from a target, a teacher's or the same model's on the clean input. The
 * factor T² keeps the size of the gradient independent of the temperature.
 *
 * Gradients flow to both arguments, as TRADES needs. A teacher's logits are constants if they were
 * computed outside the function that is differentiated.
 *
 * @param targetLogits - `[batch, classes]` float32 t, of the target distribution.
 * @param logits - `[batch, classes]` float32 z, of the distribution that is compared with it.
 * @param options - See {@link KlDivergenceOptions}.
 * @returns `[batch]` float32 in nats, at least 0 up to rounding; the caller disposes it.
 * @throws {@link InvalidArgumentError} if shapes disagree or the temperature is not positive.
 * @see Zhang et al. 2019, Theoretically Principled Trade-off between Robustness and Accuracy,
 *   Eq. (5); Hinton et al. 2015, Distilling the Knowledge in a Neural Network, Sec. 2.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {klDivergence} from 'lt-robust';
 *
 * const target = tf.tensor2d([[2, 0, -1]]);
 * klDivergence(target, tf.tensor2d([[1, 0.5, -1]])).dataSync(); // => [0.171808]
 * ```
 */
export function klDivergence(
  targetLogits: tf.Tensor2D,
  logits: tf.Tensor2D,
  options: KlDivergenceOptions = {},
): tf.Tensor1D {
  const {temperature} = withDefaults('klDivergence', DEFAULTS, options);
  checkLogits('klDivergence', targetLogits, undefined, 'targetLogits');
  checkSameShape('klDivergence', 'logits', logits, targetLogits);
  checkNumber('klDivergence', 'temperature', temperature, {above: 0, float32: true});
  return tf.tidy(() => divergence(targetLogits, logits, temperature));
}

// Σ_c P_c (log P_c - log Q_c), both logarithms from the logits, and its gradients written out. A
// class whose P_c is 0 adds nothing, even if log Q_c is infinite: both may mask a class by
// -Infinity.
function divergence(t: tf.Tensor2D, z: tf.Tensor2D, temperature: number): tf.Tensor1D {
  if (t.shape[0] === 0) return tf.zeros([0]);
  const forward = () => {
    const logP = tf.logSoftmax(tf.div<tf.Tensor2D>(t, temperature));
    const logQ = tf.logSoftmax(tf.div<tf.Tensor2D>(z, temperature));
    const p = tf.exp(logP);
    const isAlive = tf.notEqual(p, 0);
    const gap = tf.where(isAlive, tf.sub<tf.Tensor2D>(logP, logQ), tf.zerosLike(p));
    const kl = tf.sum(tf.mul(p, gap), 1, true);
    return {
      value: tf.mul<tf.Tensor1D>(tf.squeeze(kl, [1]), temperature ** 2),
      keep: {p, q: tf.exp(logQ), gap, kl},
    };
  };
  return withGradient([t, z], forward, (dy, {p, q, gap, kl}) => {
    const ofTarget = tf.mul(tf.mul(tf.expandDims(dy, 1), temperature), p);
    // Scaled first, as in tfjs's own chain of gradients, so that every bit is the same.
    const scaled = tf.mul(tf.expandDims(tf.mul(dy, temperature ** 2), 1), p);
    const ofPrediction = tf.sub(tf.mul(tf.sum(scaled, 1, true), q), scaled);
    return [tf.mul(ofTarget, tf.sub(gap, kl)), tf.div(ofPrediction, temperature)];
  });
}
