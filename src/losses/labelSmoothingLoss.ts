import * as tf from '@tensorflow/tfjs-core';

import {checkNumber} from '../core/checks/checkNumber';
import {type Defaults, withDefaults} from '../core/options';
import {crossEntropyOf} from './crossEntropy';
import {checkTargets, targetWeights, type Targets} from './targets';

/** Options of {@link labelSmoothingLoss}. */
export interface LabelSmoothingLossOptions {
  /**
   * Fraction s in `[0, 1]` of the label that is spread evenly over all classes. @defaultValue 0.1
   */
  readonly smoothing?: number | undefined;
}

const DEFAULTS: Defaults<LabelSmoothingLossOptions> = {smoothing: 0.1};

/**
 * Cross-entropy with smoothed labels, (1-s) CE(z, y) - s/C Σ_c log softmax(z)_c: the true class
 * weighs 1 - s + s/C, every other class s/C. A class that is masked by a logit of -Infinity makes it
 * infinite: smoothing asks for every class.
 *
 * @param logits - `[batch, classes]` float32 raw scores.
 * @param labels - `[batch]` int32 in `[0, classes)`, or weights `[batch, classes]`.
 * @param options - See {@link LabelSmoothingLossOptions}.
 * @returns `[batch]` float32 in nats; the caller disposes it.
 * @throws {@link InvalidArgumentError} if shapes disagree, a label is out of range, or s leaves
 *   `[0, 1]`.
 * @see Szegedy et al. 2016, Rethinking the Inception Architecture for Computer Vision, Sec. 7.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {labelSmoothingLoss} from 'lt-robust';
 *
 * const logits = tf.tensor2d([[2, 0]]);
 * labelSmoothingLoss(logits, tf.tensor1d([0], 'int32')).dataSync(); // => [0.226928]
 * ```
 */
export function labelSmoothingLoss(
  logits: tf.Tensor2D,
  labels: Targets,
  options: LabelSmoothingLossOptions = {},
): tf.Tensor1D {
  const where = 'labelSmoothingLoss';
  const {smoothing} = withDefaults(where, DEFAULTS, options);
  checkTargets(where, logits, labels);
  checkNumber(where, 'smoothing', smoothing, {min: 0, max: 1});
  const numClasses = logits.shape[1];
  return tf.tidy(() => {
    const hard = tf.mul(1 - smoothing, targetWeights(labels, numClasses));
    return crossEntropyOf(logits, tf.add(hard, smoothing / numClasses));
  });
}
