import * as tf from '@tensorflow/tfjs-core';

import {checkNumber} from '../core/checks/checkNumber';
import {checkClassCounts} from '../core/checks/checkTensors';
import {type Defaults, withDefaults} from '../core/options';
import {classBias} from './classBias';
import {crossEntropy} from './crossEntropy';
import {checkTargets, type Targets} from './targets';

/** Options of {@link balancedSoftmax}. */
export interface BalancedSoftmaxOptions {
  /** Strength of the class prior, τ ≥ 0; 0 gives plain cross-entropy. @defaultValue 1 */
  readonly tau?: number | undefined;
}

const DEFAULTS: Defaults<BalancedSoftmaxOptions> = {tau: 1};

/**
 * Balanced softmax: cross-entropy after adding τ log n_i to each logit, so that a rare class has to
 * win by a margin to reach the same loss. For training only: attacks and evaluation use the plain
 * logits.
 *
 * @param logits - `[batch, classes]` float32 raw scores (not probabilities).
 * @param labels - `[batch]` int32 in `[0, classes)`, or weights `[batch, classes]`.
 * @param classCounts - Training examples of each class, n_i ≥ 1; length `classes`.
 * @param options - See {@link BalancedSoftmaxOptions}.
 * @returns `[batch]` float32 in nats, one value per example; the caller disposes it.
 * @throws {@link InvalidArgumentError} if shapes disagree, a class is empty, τ < 0, or τ is so
 *   large that a bias exceeds float32.
 * @see Long-tailed Adversarial Training with Self-Distillation, Eq. (1), which gives no value for
 *   τ; 1 is that of AT-BSL's code. Ren et al. 2020, Balanced Meta-Softmax.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {balancedSoftmax} from 'lt-robust';
 *
 * const logits = tf.tensor2d([[0, 0]]);
 * const labels = tf.tensor1d([1], 'int32');
 * balancedSoftmax(logits, labels, [50, 1]).dataSync(); // => [3.931826]
 * ```
 */
export function balancedSoftmax(
  logits: tf.Tensor2D,
  labels: Targets,
  classCounts: ArrayLike<number>,
  options: BalancedSoftmaxOptions = {},
): tf.Tensor1D {
  const {tau} = withDefaults('balancedSoftmax', DEFAULTS, options);
  checkTargets('balancedSoftmax', logits, labels);
  checkClassCounts('balancedSoftmax', classCounts, logits.shape[1]);
  checkNumber('balancedSoftmax', 'tau', tau, {min: 0});
  return tf.tidy(() => crossEntropy(tf.add(logits, biasOf(classCounts, tau)), labels));
}

// b_i = τ log n_i. Where that exceeds float32, a constant is subtracted, which softmax ignores.
function biasOf(classCounts: ArrayLike<number>, tau: number): tf.Tensor1D {
  const bias = Array.from(classCounts, (n) => tau * Math.log(n));
  return bias.every((value) => Number.isFinite(Math.fround(value)))
    ? tf.tensor1d(bias)
    : classBias('balancedSoftmax', classCounts, tau);
}
