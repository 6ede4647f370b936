import * as tf from '@tensorflow/tfjs-core';

import {at} from '../../core/at';
import {isTaping} from '../tape';

/** What batch norm makes of a batch. */
export interface BatchNormed {
  /** The normalised values. */
  readonly y: tf.Tensor;
  readonly mean: tf.Tensor;
  /** Biased. */
  readonly variance: tf.Tensor;
}

const allButLast = ({rank}: tf.Tensor): number[] => [...Array(rank - 1).keys()];

/** Gradients to x, γ and β, of operations that can be differentiated in turn. */
export function gradientsOfBatchNorm(
  dy: tf.Tensor,
  x: tf.Tensor,
  gamma: tf.Tensor,
  epsilon: number,
): tf.Tensor[] {
  const axes = allButLast(x);
  const centred = tf.sub(x, tf.mean(x, axes));
  const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centred), axes), epsilon));
  const normed = tf.mul(centred, inverse);
  const [dGamma, dBeta] = [tf.sum(tf.mul(dy, normed), axes), tf.sum(dy, axes)];
  const rows = x.size / gamma.size;
  const throughStatistics = tf.div(tf.add(tf.mul(normed, dGamma), dBeta), rows);
  return [tf.mul(tf.mul(gamma, inverse), tf.sub(dy, throughStatistics)), dGamma, dBeta];
}

interface Known {
  readonly x: tf.Tensor;
  readonly gamma: tf.Tensor;
  readonly mean: tf.Tensor;
  readonly variance: tf.Tensor;
}

/** The same by statistics that are known, with hardly anything of the size of x at a time. */
function gradientsAt(
  dy: tf.Tensor,
  {x, gamma, mean, variance}: Known,
  epsilon: number,
): tf.Tensor[] {
  const axes = allButLast(x);
  const inverse = tf.rsqrt(tf.add(variance, epsilon));
  const dBeta = tf.sum(dy, axes);
  const dGamma = tf.tidy(() => tf.mul(tf.sum(tf.mul(dy, tf.sub(x, mean)), axes), inverse));
  const rows = x.size / gamma.size;
  const slope = tf.div(tf.mul(inverse, dGamma), rows);
  const part = tf.tidy(() => tf.add(tf.mul(tf.sub(x, mean), slope), tf.div(dBeta, rows)));
  const rest = tf.sub(dy, part);
  part.dispose();
  const dx = tf.mul(rest, tf.mul(gamma, inverse));
  rest.dispose();
  return [dx, dGamma, dBeta];
}

/**
 * Batch norm over all axes but the last, by the mean and the variance of the batch, of which the tape keeps x
 * alone. tf.layers puts each operation of the variance on the tape, which keeps four tensors of the size of x, and
 * makes some twenty more of them on the way back.
 *
 * @param x - `[..., channels]` float32, of rank 2 to 4, with at least one row.
 * @param gamma - `[channels]`.
 * @param beta - `[channels]`.
 * @returns To the digits of tf.layers.
 */
export function batchNormOfBatch(
  x: tf.Tensor,
  gamma: tf.Tensor,
  beta: tf.Tensor,
  epsilon: number,
): BatchNormed {
  // One operation gives one tensor, so that both statistics are in one; in an operation nothing is put on the tape.
  const statistics = tf.customGrad(() => ({
    value: tf.stack(momentsOf(x)),
    gradFunc: () => tf.zeros(x.shape), // the gradient below goes through the statistics itself
  }))(x);
  const both = tf.unstack(statistics);
  const [mean, variance] = [at(both, 0), at(both, 1)];
  const normalise = tf.customGrad((...args) => {
    const save = args.at(-1);
    if (typeof save === 'function') save([x, gamma, mean, variance]);
    const value = tf.batchNorm(x, mean, variance, beta, gamma, epsilon);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [ofX, ofGamma] = [at(saved, 0), at(saved, 1)];
      if (isTaping()) return gradientsOfBatchNorm(dy, ofX, ofGamma, epsilon);
      const known = {x: ofX, gamma: ofGamma, mean: at(saved, 2), variance: at(saved, 3)};
      return gradientsAt(dy, known, epsilon);
    };
    return {value, gradFunc};
  });
  return {y: normalise(x, gamma, beta), mean, variance};
}

function momentsOf(x: tf.Tensor): tf.Tensor[] {
  const axes = allButLast(x);
  const mean = tf.mean(x, axes);
  return [mean, tf.tidy(() => tf.mean(tf.square(tf.sub(x, mean)), axes))];
}
