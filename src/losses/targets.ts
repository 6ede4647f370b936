import * as tf from '@tensorflow/tfjs-core';

import {checkLabels, checkLogits} from '../core/checks/checkTensors';
import {checkLabelValues} from '../core/checks/checkValues';
import {readsCheaply} from '../core/checks/readsAtOnce';
import {describeValue} from '../core/describeValue';
import {InvalidArgumentError} from '../core/errors';
import {ofRank} from '../core/rank';
import {oneHotRows} from './logitRatio';

/**
 * The truth about a batch: class numbers, `[batch]` int32 in `[0, classes)`, or one row of weights
 * for each example, `[batch, classes]`: one-hot, smoothed or mixed labels. Rows of weights are
 * constants: no gradient flows to them.
 */
export type Targets = tf.Tensor<tf.Rank.R1 | tf.Rank.R2>;

/**
 * Throws unless `logits` is `[batch, classes]` and `labels` has a class number or a row of weights
 * for each example; also if a class number is out of range, on backends that can tell at once.
 *
 * @internal
 */
export function checkTargets(
  where: string,
  logits: tf.Tensor2D,
  labels: Targets,
  argument = 'logits',
): void {
  checkLogits(where, logits, undefined, argument);
  if (labels instanceof tf.Tensor && areWeights(labels)) {
    if (tf.util.arraysEqual(labels.shape, logits.shape) && labels.dtype !== 'string') return;
    throw new InvalidArgumentError({
      where,
      argument: 'labels',
      expected: `be an int32 tensor [${logits.shape[0]}] or rows of weights [${logits.shape.join(', ')}]`,
      found: describeValue(labels),
      remedy: 'Give one row for each example, with a weight for each class.',
    });
  }
  checkLabels(where, labels, logits.shape[0]);
  if (readsCheaply()) checkLabelValues(where, labels, logits.shape[1]);
}

const areWeights = (labels: Targets): labels is tf.Tensor2D => labels.rank === 2;

/**
 * One row of weights for each example, `[batch, classes]` float32. A class number out of range
 * gives a row of NaN where {@link checkTargets} could not tell.
 *
 * @internal
 */
export function targetWeights(labels: Targets, numClasses: number): tf.Tensor2D {
  if (areWeights(labels)) return tf.cast(labels, 'float32');
  const rows = oneHotRows(labels, numClasses);
  return readsCheaply() ? rows : tf.div(rows, tf.sum(rows, 1, true));
}

/**
 * Extends a loss that is defined for class numbers to rows of weights: its mean over the classes
 * with these weights. Rows of weights cost one evaluation of the loss for each class.
 *
 * @param logits - `[batch, classes]`.
 * @param labels - Class numbers, or rows of weights.
 * @param loss - From logits and class numbers to `[batch]`.
 * @returns `[batch]`.
 * @internal
 */
export function overTargets(
  logits: tf.Tensor2D,
  labels: Targets,
  loss: (logits: tf.Tensor2D, labels: tf.Tensor1D) => tf.Tensor1D,
): tf.Tensor1D {
  if (!areWeights(labels)) return loss(logits, ofRank(labels, 1));
  const [batchSize, numClasses] = labels.shape;
  if (batchSize === 0) return tf.zeros([0]);
  return tf.tidy(() => {
    // Row i of class c stands at i C + c. Not by tile: its gradient adds up copy by copy.
    const copies = tf.add(tf.expandDims(logits, 1), tf.zeros([1, numClasses, 1]));
    const repeated = tf.reshape<tf.Rank.R2>(copies, [batchSize * numClasses, numClasses]);
    const classes = Int32Array.from({length: batchSize * numClasses}, (_, i) => i % numClasses);
    const losses = loss(repeated, tf.tensor1d(classes, 'int32'));
    const weights = targetWeights(labels, numClasses);
    return weightedSum(weights, tf.reshape(losses, [batchSize, numClasses]));
  });
}

/**
 * Σ_c w_c l_c of each row, where a weight of 0 removes even an infinite value. No gradient flows
 * to the weights.
 *
 * @internal
 */
export function weightedSum(weights: tf.Tensor2D, values: tf.Tensor): tf.Tensor1D {
  const counted = tf.where(tf.notEqual(weights, 0), values, tf.zerosLike(weights));
  return tf.sum<tf.Tensor1D>(tf.mul(weights, counted), 1);
}
