import type * as tf from '@tensorflow/tfjs-core';

/**
 * Logits `[batch, classes]` and int32 labels `[batch]` to one value per example, `[batch]`, in
 * nats. Attacks ascend its sum, trainers descend its mean: whoever calls it reduces.
 */
export type Loss = (logits: tf.Tensor2D, labels: tf.Tensor1D) => tf.Tensor1D;

/**
 * A loss that sees the input beside the logits. Its gradient flows through both, so an attack can
 * ascend a divergence from a teacher that is evaluated at the same moving input (AdaAD):
 * `{atInput: (x: tf.Tensor4D) => (z) => klDivergence(teacher(x), z)}`. It is an object, since a third
 * parameter would collide with the options that some losses take there.
 */
export interface LossAtInput {
  /** The loss at the input `x`; called once per evaluation, on the gradient tape. */
  atInput(x: tf.Tensor): Loss;
}

/** What an attack can ascend. */
export type AttackLoss = Loss | LossAtInput;

/** The function of logits and labels that `loss` is at the input `x`. */
export const lossAt = (loss: AttackLoss, x: tf.Tensor): Loss =>
  typeof loss === 'function' ? loss : loss.atInput(x);

/** Whether `value` is a loss, of either form, rather than the name of one. */
export const isLoss = (value: unknown): value is AttackLoss =>
  typeof value === 'function' ||
  (typeof value === 'object' && value !== null && 'atInput' in value);
