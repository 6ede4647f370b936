import * as tf from '@tensorflow/tfjs-core';

import {checkOneOf} from '../core/checks/checkOneOf';
import {type Defaults, withDefaults} from '../core/options';
import {
  checkClassWeights,
  weighTargets,
  WEIGHT_REDUCTIONS,
  type WeightReduction,
} from './classWeights';
import {crossEntropyOf} from './crossEntropy';
import {checkTargets, targetWeights, type Targets} from './targets';

/** Options of {@link weightedCrossEntropy}. */
export interface WeightedCrossEntropyOptions {
  /**
   * `'weightedMean'`: the mean over the batch is Σ w l / Σ w, as in PyTorch, LDAM-DRW and REAT; the
   * value of an example then depends on the labels of the others. `'meanOfWeighted'`: it is
   * Σ w l / N, as in the paper of the class-balanced loss. @defaultValue 'weightedMean'
   */
  readonly reduction?: WeightReduction | undefined;
}

const DEFAULTS: Defaults<WeightedCrossEntropyOptions> = {reduction: 'weightedMean'};

/**
 * Cross-entropy with a weight for each class, w_y CE(z, y), scaled so that its mean over the batch
 * is the reduction that was asked for.
 *
 * @param logits - `[batch, classes]` float32 raw scores.
 * @param labels - `[batch]` int32 in `[0, classes)`, or weights `[batch, classes]`.
 * @param classWeights - w ≥ 0, one for each class, such as {@link effectiveNumberWeights} gives.
 * @param options - See {@link WeightedCrossEntropyOptions}.
 * @returns `[batch]` float32 in nats; the caller disposes it. With `'weightedMean'`, NaN if all
 *   weights of a batch are 0.
 * @throws {@link InvalidArgumentError} if shapes disagree, a label or a weight is out of range, or
 *   the reduction is unknown.
 * @see Cao et al. 2019, Learning Imbalanced Datasets with Label-Distribution-Aware Margin Loss,
 *   Sec. 3.3, whose code has the weighted mean; Cui et al. 2019, Eq. (5).
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {weightedCrossEntropy, type WeightedCrossEntropyOptions} from 'lt-robust';
 *
 * const logits = tf.tensor2d([[0, 0], [1, 0]]);
 * const labels = tf.tensor1d([0, 1], 'int32');
 * weightedCrossEntropy(logits, labels, [1, 3]).dataSync(); // => [0.346574, 1.969893]
 * const options: WeightedCrossEntropyOptions = {reduction: 'meanOfWeighted'};
 * weightedCrossEntropy(logits, labels, [1, 3], options).dataSync(); // => [0.693147, 3.939785]
 * ```
 */
export function weightedCrossEntropy(
  logits: tf.Tensor2D,
  labels: Targets,
  classWeights: ArrayLike<number>,
  options: WeightedCrossEntropyOptions = {},
): tf.Tensor1D {
  const where = 'weightedCrossEntropy';
  const {reduction} = withDefaults(where, DEFAULTS, options);
  checkTargets(where, logits, labels);
  checkClassWeights(where, classWeights, logits.shape[1]);
  checkOneOf(where, 'reduction', reduction, WEIGHT_REDUCTIONS);
  return tf.tidy(() => {
    const targets = targetWeights(labels, logits.shape[1]);
    return crossEntropyOf(logits, weighTargets(targets, classWeights, reduction));
  });
}
