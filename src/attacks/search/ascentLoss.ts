import * as tf from '@tensorflow/tfjs-core';

import {type AttackLoss, lossAt, type Loss} from '../../core/loss';
import {ofRank} from '../../core/rank';
import {crossEntropy} from '../../losses/crossEntropy';
import {liesInMemory} from '../../math/rows';
import {withGradient} from '../../math/withGradient';
import {rowOf} from './logits';

// A model whose wrong classes have less probability than this is sure. float32 then knows the
// gradient of cross-entropy to the true logit, p_y - 1, to three digits at most, and to none at all
// from a probability of 6e-8 on.
const SURE = 2 ** -14;
const LOG_SURE = Math.log(SURE);

// So large that the exponential of a logit minus it is zero.
const OUT_OF_REACH = 3e38;

/**
 * {@link crossEntropy} with a gradient that does not vanish: where the model is sure, which is to
 * say that the wrong classes have less than 2^-14 of the probability, the gradient has the direction
 * of the exact one, which float32 loses, and the length that it has at 2^-14. In the limit that is the
 * gradient of the runner-up's logit minus the true one's. Values, and the gradients of all other
 * examples, are those of cross-entropy to the bit.
 *
 * For attacks that scale each example's gradient to a step of their own. Nothing is read from a GPU.
 *
 * @param logits - `[batch, classes]` float32.
 * @param labels - `[batch]` int32.
 * @returns `[batch]` float32; the caller disposes it.
 */
export const steepCrossEntropy: Loss = (logits, labels) => {
  const forward = () => {
    const own = ofRank(tf.cast(tf.oneHot(labels, logits.shape[1]), 'float32'), 2);
    const logProbabilities = tf.logSoftmax(logits);
    return {
      value: tf.neg(tf.sum<tf.Tensor1D>(tf.mul(own, logProbabilities), 1)),
      keep: {scores: logits, own, logProbabilities},
    };
  };
  return withGradient([logits], forward, (dy, kept) =>
    tf.tidy(() =>
      tf.mul(slopeOf(kept.scores, kept.own, kept.logProbabilities, labels), tf.expandDims(dy, 1)),
    ),
  );
};

/**
 * The gradient of {@link steepCrossEntropy} in the logits, summed over the batch.
 *
 * @param z - `[batch, classes]` logits.
 * @param own - Same shape: 1 at the label.
 * @param logProbabilities - Same shape: log softmax of `z`.
 * @param labels - `[batch]` int32.
 * @param readsMemory - Whether to look in JavaScript for examples on which the model is sure, of
 *   which there are mostly none; else they are found on the device.
 */
export function slopeOf(
  z: tf.Tensor2D,
  own: tf.Tensor2D,
  logProbabilities: tf.Tensor2D,
  labels: tf.Tensor1D,
  readsMemory = liesInMemory(),
): tf.Tensor {
  const slope = tf.sub(tf.exp(logProbabilities), own); // p - 1 at the label, p elsewhere
  const isSure = readsMemory ? sureRows(z, labels) : sureSlopes(slope, own);
  if (isSure === undefined) return slope;
  // Probabilities of the wrong classes among themselves, so that the largest is not small.
  const others = tf.softmax(tf.sub(z, tf.mul(own, OUT_OF_REACH)));
  const limit = tf.mul(tf.sub(others, own), SURE);
  return tf.add(tf.mul(limit, isSure), tf.mul(slope, tf.sub(1, isSure)));
}

// 1 where the model is sure, else 0; found on the device.
const sureSlopes = (slope: tf.Tensor, own: tf.Tensor): tf.Tensor =>
  tf.step(tf.add(tf.sum(tf.mul(slope, own), 1, true), SURE));

// The same, found in JavaScript; `undefined` where the model is sure of no example.
function sureRows(z: tf.Tensor2D, labels: tf.Tensor1D): tf.Tensor | undefined {
  const [values, truth] = [z.dataSync<'float32'>(), labels.dataSync<'int32'>()];
  const numClasses = z.shape[1];
  let sure: Float32Array | undefined;
  for (let row = 0; row < truth.length; row++) {
    const label = truth[row] ?? NaN;
    // The log-odds are no less than those of the runner-up alone.
    if (!isAhead(values, row * numClasses, numClasses, label, -LOG_SURE)) continue;
    if (!(logOdds(rowOf(values, row, numClasses), label) < LOG_SURE)) continue;
    sure ??= new Float32Array(truth.length);
    sure[row] = 1;
  }
  return sure && tf.tensor2d(sure, [sure.length, 1]);
}

// Whether the label's logit is ahead of all others of its row by more than a lead.
function isAhead(
  values: Float32Array,
  start: number,
  numClasses: number,
  label: number,
  lead: number,
): boolean {
  const bound = (values[start + label] ?? NaN) - lead;
  for (let c = 0; c < numClasses; c++) {
    if (c !== label && !((values[start + c] ?? NaN) < bound)) return false;
  }
  return true;
}

// Log-odds of all wrong classes together against the true one.
function logOdds(logits: Float32Array, label: number): number {
  let largest = -Infinity;
  logits.forEach((value, c) => {
    if (c !== label && value > largest) largest = value;
  });
  let sum = 0;
  logits.forEach((value, c) => {
    if (c !== label) sum += Math.exp(value - largest);
  });
  return largest - (logits[label] ?? NaN) + Math.log(sum);
}

/**
 * Losses to compare where the model is sure: cross-entropy is 0 there, wherever an attack goes. Below
 * 2^-14 it goes on along its tangent over the log-odds of the wrong classes, in double precision.
 *
 * @param losses - `[rows]` values of cross-entropy.
 * @param logits - `[rows, classes]`, row by row.
 * @param labels - True class of a row.
 * @returns `[rows]`: the losses themselves where they are larger.
 */
export function steepLosses(
  losses: Float32Array,
  logits: Float32Array,
  labels: (row: number) => number,
): Float32Array | Float64Array {
  if (!losses.some((loss) => loss < SURE)) return losses;
  const numClasses = logits.length / losses.length;
  const logOddsThere = Math.log(Math.expm1(SURE));
  const slope = -Math.expm1(-SURE);
  return Float64Array.from(losses, (loss, row) =>
    loss < SURE
      ? SURE + slope * (logOdds(rowOf(logits, row, numClasses), labels(row)) - logOddsThere)
      : loss,
  );
}

/**
 * What an attack ascends in place of a loss: {@link steepCrossEntropy} for cross-entropy, every other
 * loss as it is.
 *
 * @param loss - The caller's.
 * @param isTargeted - Whether the labels are classes to reach: the loss to them is descended.
 */
export function ascentLoss(loss: AttackLoss, isTargeted = false): AttackLoss {
  const steep = loss === crossEntropy ? steepCrossEntropy : loss;
  if (!isTargeted) return steep;
  return {atInput: (x) => (z, y) => tf.neg(lossAt(steep, x)(z, y))};
}
