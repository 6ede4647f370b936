import * as tf from '@tensorflow/tfjs-core';

import {ofRank} from '../core/rank';
import {withGradient} from '../math/withGradient';

// Added to denominators in the code of AutoAttack.
const GUARD = 1e-12;

// Subtracting this from a logit puts that logit below all others.
const FAR = 2 ** 127;

// Stands for a logit of -Infinity, whose product with 0 is NaN. It is above any logit that FAR was
// subtracted from.
const MASKED = -(2 ** 126);

/** One-hot float32, with an axis of `numClasses` more than `classes` has. */
const oneHot = (classes: tf.Tensor, numClasses: number): tf.Tensor =>
  // This does not use the dtype argument of oneHot, with which wasm writes integers into float32.
  tf.cast(tf.oneHot(classes, numClasses), 'float32');

/** One-hot float32 rows of class numbers `[batch]`. */
export const oneHotRows = (classes: tf.Tensor, numClasses: number): tf.Tensor2D =>
  ofRank(oneHot(classes, numClasses), 2);

/** One-hot of the largest logit except that of `own`, the lowest index where several tie. */
export const bestOther = (logits: tf.Tensor, own: tf.Tensor2D): tf.Tensor2D =>
  oneHotRows(tf.argMax(tf.sub(logits, tf.mul(own, FAR)), 1), own.shape[1]);

/**
 * −(z_y − z_o) / (Σ_r s_r z_(r) + 1e-12), z_(r) being the r-th largest logit; −(z_y − z_o) without
 * a spread. It is differentiated with respect to all logits that appear in it; the ranks themselves
 * are constants. The gradient is written out, since that takes a third of the operations of the
 * tape, and tfjs has no gradient for topk.
 *
 * @param logits - `[batch, classes]`.
 * @param labels - `[batch]`, y.
 * @param opponent - One-hot of o, from the logits and the one-hot of y.
 * @param spread - s, by rank; empty for none.
 * @returns `[batch]`.
 */
export function logitRatio(
  logits: tf.Tensor2D,
  labels: tf.Tensor1D,
  opponent: (logits: tf.Tensor, own: tf.Tensor2D) => tf.Tensor2D,
  spread: readonly number[],
): tf.Tensor1D {
  const numClasses = logits.shape[1];
  if (logits.shape[0] === 0) return tf.sum(logits, 1); // wasm would divide by zero
  const marginOf = () => {
    const scores = tf.maximum<tf.Tensor2D>(logits, MASKED);
    const own = oneHotRows(labels, numClasses);
    const above = tf.sub(own, opponent(scores, own));
    return {scores, above, margin: tf.sum(tf.mul(above, scores), 1, true)};
  };
  if (spread.length === 0) {
    const forward = () => {
      const {above, margin} = marginOf();
      return {value: tf.neg(tf.squeeze<tf.Tensor1D>(margin, [1])), keep: {above}};
    };
    return withGradient([logits], forward, (dy, {above}) =>
      tf.mul(tf.expandDims(dy, 1), tf.neg(above)),
    );
  }
  const forward = () => {
    const {scores, above, margin} = marginOf();
    const weights = weightsOfRanks(scores, spread);
    const width = tf.add(tf.sum(tf.mul(weights, scores), 1, true), GUARD);
    const ratio = tf.neg(tf.div(margin, width));
    return {value: tf.squeeze<tf.Tensor1D>(ratio, [1]), keep: {above, weights, width, ratio}};
  };
  // With m = above·z, w = weights·z and l = −m/w: ∂l/∂z = −(above + l weights) / w.
  return withGradient([logits], forward, (dy, {above, weights, width, ratio}) =>
    tf.mul(tf.div(tf.neg(tf.expandDims(dy, 1)), width), tf.add(above, tf.mul(ratio, weights))),
  );
}

// The weight of each class, from the weight of its rank.
function weightsOfRanks(logits: tf.Tensor2D, spread: readonly number[]): tf.Tensor {
  const ranked = oneHot(tf.topk(logits, spread.length).indices, logits.shape[1]);
  const byRank = tf.tensor([...spread], [1, spread.length, 1]);
  return tf.sum(tf.mul(ranked, byRank), 1);
}
