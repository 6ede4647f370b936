import * as tf from '@tensorflow/tfjs-core';

import {lossAt, type AttackLoss, type Loss} from '../../core/loss';
import {dlrLoss} from '../../losses/dlrLoss';
import {targetedDlrLoss} from '../../losses/targetedDlrLoss';
import {steepCrossEntropy} from '../search/ascentLoss';
import type {LiveRows} from '../search/liveRows';
import {logitDifference} from '../search/logitDifference';
import type {Evaluation, Passes} from '../search/passes';
import type {ApgdSettings} from './settings';

/**
 * What APGD ascends; `targets` is called at every evaluation, since rows are dropped between two of
 * them.
 */
export function apgdLoss(
  name: Exclude<ApgdSettings['loss'], AttackLoss>,
  targets: () => tf.Tensor1D,
): Loss {
  if (name === 'ce') return steepCrossEntropy;
  if (name === 'dlr') return dlrLoss;
  // With 3 classes the ratio to the least likely one is constant: there is no gradient to ascend.
  return (logits, labels) =>
    logits.shape[1] === 3
      ? logitDifference(logits, labels, targets())
      : targetedDlrLoss(logits, labels, targets());
}

/**
 * The sum of the gradients of several evaluations, whose direction is that of their mean; logits
 * and losses of the last, as in AutoAttack's code.
 *
 * @param passes - The model.
 * @param rows - Rows of `x`.
 * @param x - Where.
 * @param labels - True classes.
 * @param loss - What to differentiate.
 * @param samples - How many evaluations: more than one only for models that add noise themselves.
 * @returns The caller disposes the gradient.
 */
export async function sampledGradient<I extends tf.Tensor>(
  passes: Passes<I>,
  rows: LiveRows,
  x: I,
  labels: tf.Tensor1D,
  loss: AttackLoss,
  samples: number,
): Promise<Evaluation<I>> {
  let evaluation = await passes.gradient(rows, x, labels, loss);
  let sum = evaluation.gradient;
  try {
    for (let sample = 1; sample < samples; sample++) {
      evaluation = await passes.gradient(rows, x, labels, loss);
      const before = sum;
      sum = tf.add<I>(before, evaluation.gradient);
      tf.dispose([before, evaluation.gradient]);
    }
    return {...evaluation, gradient: sum};
  } catch (error) {
    sum.dispose();
    throw error;
  }
}

/** Losses at `x`, from logits that were read already. */
export async function lossesOf(
  logits: Float32Array,
  labels: tf.Tensor1D,
  loss: AttackLoss,
  x: tf.Tensor,
): Promise<Float32Array> {
  const losses = tf.tidy(() =>
    lossAt(loss, x)(tf.tensor2d(logits, [labels.size, logits.length / labels.size]), labels),
  );
  try {
    return await losses.data<'float32'>();
  } finally {
    losses.dispose();
  }
}
