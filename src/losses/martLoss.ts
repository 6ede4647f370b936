import * as tf from '@tensorflow/tfjs-core';

import {checkNumber} from '../core/checks/checkNumber';
import {checkSameShape} from '../core/checks/checkTensors';
import {type Defaults, withDefaults} from '../core/options';
import {withGradient} from '../math/withGradient';
import {boostedCrossEntropy} from './boostedCrossEntropy';
import {probabilitiesOf} from './probabilities';
import {checkTargets, targetWeights, type Targets} from './targets';

/** Options of {@link martLoss}. */
export interface MartLossOptions {
  /**
   * Weight λ ≥ 0 of the divergence. 5 is the value of MART's script for ResNet-18; that for
   * WideResNet has 6. @defaultValue 5
   */
  readonly lambda?: number | undefined;
}

const DEFAULTS: Defaults<MartLossOptions> = {lambda: 5};

// From MART's code.
const GUARD = 1e-12;
const SLACK = 1e-7;

/**
 * MART, BCE(f(x'), y) + λ KL(p ‖ p') (1.0000001 - p_y) with p = softmax f(x) and p' = softmax f(x'):
 * {@link boostedCrossEntropy} on the adversarial input, and the divergence from the clean answer,
 * which counts more, the less confident the model is of the true class. Gradients flow to both
 * logits, and through the weight. As in its code the divergence is Σ_c p_c (log p_c - log(p'_c +
 * 1e-12)).
 *
 * It takes two passes of the model; for `model.fit` see the example of {@link tradesLoss}.
 *
 * @param cleanLogits - `[batch, classes]` float32, f(x).
 * @param adversarialLogits - `[batch, classes]` float32, f(x').
 * @param labels - `[batch]` int32 in `[0, classes)`, or weights `[batch, classes]`.
 * @param options - See {@link MartLossOptions}.
 * @returns `[batch]` float32 in nats; the caller disposes it.
 * @throws {@link InvalidArgumentError} if shapes disagree, a label is out of range or λ < 0.
 * @see Wang et al. 2020, Improving Adversarial Robustness Requires Revisiting Misclassified
 *   Examples, Eq. (11).
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {martLoss} from 'lt-robust';
 *
 * const clean = tf.tensor2d([[2, 0]]);
 * const adversarial = tf.tensor2d([[0, 0]]);
 * const labels = tf.tensor1d([0], 'int32');
 * martLoss(clean, adversarial, labels).dataSync(); // => [1.581476]
 * ```
 */
export function martLoss(
  cleanLogits: tf.Tensor2D,
  adversarialLogits: tf.Tensor2D,
  labels: Targets,
  options: MartLossOptions = {},
): tf.Tensor1D {
  const where = 'martLoss';
  const {lambda} = withDefaults(where, DEFAULTS, options);
  checkTargets(where, cleanLogits, labels, 'cleanLogits');
  checkSameShape(where, 'adversarialLogits', adversarialLogits, cleanLogits);
  checkNumber(where, 'lambda', lambda, {min: 0});
  return tf.tidy(() => {
    const boosted = boostedCrossEntropy(adversarialLogits, labels);
    if (lambda === 0 || cleanLogits.shape[0] === 0) return boosted;
    const weights = targetWeights(labels, cleanLogits.shape[1]);
    return tf.add(boosted, tf.mul(lambda, doubtfulKl(cleanLogits, adversarialLogits, weights)));
  });
}

// KL(p ‖ p' + 1e-12) (1e-7 + 1 - p_y), its gradients written out: with d = log p - log(p' + 1e-12),
// those of the divergence are p (d - KL) and p' (Σ_c a_c p'_c) - a p' with a = p / (p' + 1e-12).
function doubtfulKl(
  clean: tf.Tensor2D,
  adversarial: tf.Tensor2D,
  weights: tf.Tensor2D,
): tf.Tensor1D {
  const forward = () => {
    const {logP, p, rest} = probabilitiesOf(clean);
    const q = tf.softmax(adversarial);
    const guarded = tf.add(q, GUARD);
    const isAlive = tf.notEqual(p, 0);
    const gap = tf.where(isAlive, tf.sub<tf.Tensor2D>(logP, tf.log(guarded)), tf.zerosLike(p));
    const kl = tf.sum(tf.mul(p, gap), 1, true);
    const doubt = tf.sum(tf.mul(weights, tf.add(rest, SLACK)), 1, true);
    return {
      value: tf.squeeze<tf.Tensor1D>(tf.mul(kl, doubt), [1]),
      keep: {p, q, gap, kl, doubt, ratio: tf.div(p, guarded), weights},
    };
  };
  return withGradient([clean, adversarial], forward, (dy, kept) => {
    const {p, q, gap, kl, doubt, ratio, weights: w} = kept;
    const column = tf.expandDims(dy, 1);
    const ofKl = tf.mul(doubt, tf.mul(p, tf.sub(gap, kl)));
    // 1 - Σ w p falls by p_c (w_c - Σ w p).
    const expected = tf.sum(tf.mul(w, p), 1, true);
    const ofDoubt = tf.mul(kl, tf.mul(p, tf.sub(expected, w)));
    const pushed = tf.mul(ratio, q);
    const ofAdversarial = tf.mul(doubt, tf.sub(tf.mul(q, tf.sum(pushed, 1, true)), pushed));
    return [tf.mul(column, tf.add(ofKl, ofDoubt)), tf.mul(column, ofAdversarial)];
  });
}
