import * as tf from '@tensorflow/tfjs-core';

import {checkNumber} from '../core/checks/checkNumber';
import {checkOneOf} from '../core/checks/checkOneOf';
import {checkClassCounts, isTensor} from '../core/checks/checkTensors';
import {type Defaults, withDefaults} from '../core/options';
import {detach} from '../math/detach';
import {withGradient} from '../math/withGradient';
import {InvalidArgumentError} from '../core/errors';
import {describeValue} from '../core/describeValue';
import {checkTargets, targetWeights, type Targets} from './targets';

const MODES = ['repo', 'pairwise'] as const;

/** Options of {@link tailFeatureLoss}. */
export interface TailFeatureLossOptions {
  /**
   * `'repo'`: what the released code computes, where all pairs of an anchor share one mean
   * divergence; `'pairwise'`: each pair has its own, as in the paper. @defaultValue 'repo'
   */
  readonly mode?: (typeof MODES)[number] | undefined;
  /** First class of the tail, which runs to the last class; by default 2⌊C/3⌋ + 1. */
  readonly tailFrom?: number | undefined;
}

const DEFAULTS: Defaults<TailFeatureLossOptions, 'tailFrom'> = {
  mode: 'repo',
  tailFrom: undefined,
};

/**
 * REAT's loss on the features of tail classes. Each example i of the tail is an anchor, which pairs
 * with all N examples j of the batch: (1/KN) Σ_i Σ_j σ_ij (ω_i + ω_j) KL(softmax F_i ‖ softmax F_j),
 * with K anchors, ω = √(Σn/n) of their classes, and σ -1 for pairs of one class, +1 for others.
 * The anchor is a constant. The sign is that of the released code: minimising it pulls other
 * classes towards the anchor and pushes its own class away. The loss can be negative.
 *
 * It couples the examples of a batch: the value of example i is N times its part of the sum, so that
 * the mean over the batch is the published loss. Examples outside the tail give 0.
 *
 * @param features - `[batch, width]` float32, what the last layer sees of the adversarial inputs.
 * @param labels - `[batch]` int32 in `[0, classes)`, or one-hot `[batch, classes]`.
 * @param classCounts - Training examples of each class, n_i ≥ 1.
 * @param options - See {@link TailFeatureLossOptions}.
 * @returns `[batch]` float32; the caller disposes it.
 * @throws {@link InvalidArgumentError} if shapes disagree, a label is out of range, a class is empty
 *   or an option is out of range.
 * @see Li et al. 2023, Alleviating the Effect of Data Imbalance on Adversarial Training, Sec. 4.2;
 *   in its code the divergence is a mean over all pairs and features, (1/ND) Σ_j KL.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {tailFeatureLoss, type TailFeatureLossOptions} from 'lt-robust';
 *
 * const features = tf.tensor2d([[1, 0], [0, 1]]);
 * const labels = tf.tensor1d([0, 1], 'int32');
 * const options: TailFeatureLossOptions = {mode: 'pairwise'};
 * tailFeatureLoss(features, labels, [9, 1], options).dataSync(); // => [0, 1.948428]
 * ```
 */
export function tailFeatureLoss(
  features: tf.Tensor2D,
  labels: Targets,
  classCounts: ArrayLike<number>,
  options: TailFeatureLossOptions = {},
): tf.Tensor1D {
  const where = 'tailFeatureLoss';
  const {mode, tailFrom: given} = withDefaults(where, DEFAULTS, options);
  checkClassCounts(where, classCounts);
  const numClasses = classCounts.length;
  checkFeatures(where, features);
  checkOneOf(where, 'mode', mode, MODES);
  const tailFrom = given ?? 2 * Math.floor(numClasses / 3) + 1;
  checkNumber(where, 'tailFrom', tailFrom, {min: 0, max: numClasses, integer: true});
  const [batchSize, width] = features.shape;
  const shape: [number, number] = [batchSize, numClasses];
  tf.tidy(() => checkTargets(where, tf.zeros<tf.Rank.R2>(shape), labels));
  if (batchSize === 0) return tf.zeros([0]);
  return tf.tidy(() => {
    const classes = targetWeights(labels, numClasses);
    const {anchors, pairs} = pairWeights(classes, classCounts, tailFrom);
    const p = tf.softmax(detach(features));
    const logP = logOfSoftmax(features, p);
    const anchor = detach(logP);
    // KL(P_i ‖ Q_j) = Σ_c P_ic log P_ic - Σ_c P_ic log Q_jc.
    const ownTerm = tf.sum(tf.mul(p, anchor), 1, true);
    const pairwise = () => {
      const divergences = tf.sub(ownTerm, tf.matMul(p, logP, false, true));
      return tf.sum(tf.mul(pairs, divergences), 1);
    };
    // All pairs of an anchor share (1/ND) Σ_j KL, which takes no product of every i with every j.
    const shared = () => {
      const mean = tf.sub(ownTerm, tf.matMul(p, tf.mean(logP, 0, true), false, true));
      return tf.mul(tf.sum(pairs, 1), tf.div(tf.squeeze(mean, [1]), width));
    };
    const ofAnchors = mode === 'pairwise' ? pairwise() : shared();
    // The mean over K anchors; without an anchor there is nothing to divide.
    const count = tf.maximum(tf.sum(anchors), 1);
    return tf.div<tf.Tensor1D>(tf.mul(anchors, ofAnchors), count);
  });
}

// Features are wide, and `tf.logSoftmax` has two exponentials of each on wasm, besides the one of the anchor:
// log p = f - log Σ exp f, where the sum is told by the largest p.
const logOfSoftmax = (features: tf.Tensor2D, p: tf.Tensor2D): tf.Tensor2D =>
  withGradient(
    [features],
    () => {
      const logSum = tf.sub(tf.max(features, 1, true), tf.log(tf.max(p, 1, true)));
      return {value: tf.sub<tf.Tensor2D>(features, logSum), keep: {p}};
    },
    (dy, kept) => tf.sub(dy, tf.mul(kept.p, tf.sum(dy, 1, true))),
  );

// Which examples are anchors, and σ_ij (ω_i + ω_j).
function pairWeights(
  classes: tf.Tensor2D,
  classCounts: ArrayLike<number>,
  tailFrom: number,
): {anchors: tf.Tensor; pairs: tf.Tensor} {
  const counts = Array.from(classCounts);
  const total = counts.reduce((a, b) => a + b, 0);
  const perClass = (values: number[]) => tf.tensor1d(values);
  const omega = tf.sum(tf.mul(classes, perClass(counts.map((n) => Math.sqrt(total / n)))), 1, true);
  const anchors = tf.sum(tf.mul(classes, perClass(counts.map((_, c) => Number(c >= tailFrom)))), 1);
  const sameClass = tf.matMul(classes, classes, false, true);
  const sign = tf.sub(1, tf.mul(2, sameClass));
  return {anchors, pairs: tf.mul(sign, tf.add(omega, tf.transpose(omega)))};
}

function checkFeatures(where: string, features: tf.Tensor2D): void {
  const isMatrix = isTensor(features) && features.rank === 2 && features.dtype === 'float32';
  if (isMatrix && features.shape[1] >= 1) return;
  throw new InvalidArgumentError({
    where,
    argument: 'features',
    expected: 'be a float32 tensor [batch, width]',
    found: describeValue(features),
    remedy: 'Pass one row of features per example, what the last layer sees.',
  });
}
