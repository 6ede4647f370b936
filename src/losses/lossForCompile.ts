import * as tf from '@tensorflow/tfjs-core';

import {checkOneOf} from '../core/checks/checkOneOf';
import {checkLogits} from '../core/checks/checkTensors';
import {InvalidArgumentError} from '../core/errors';
import type {Loss} from '../core/loss';
import {withDefaults} from '../core/options';

const OUTPUTS = ['logits', 'probabilities'] as const;

/** Options of {@link lossForCompile}. */
export interface LossForCompileOptions {
  /**
   * What the model ends in: `'logits'`, raw scores, or `'probabilities'`, a softmax. It is not
   * detected, and the wrong one trains badly without an error. @defaultValue 'logits'
   */
  readonly output?: (typeof OUTPUTS)[number] | undefined;
}

const DEFAULTS = {output: 'logits' as (typeof OUTPUTS)[number]};

// The smallest probability told from 0: a normal float32, whose reciprocal is finite.
const TINY_PROBABILITY = 1e-30;

/**
 * Makes a loss of this package one for `model.compile({loss})` of tf.layers, to be used with
 * `model.fit`. One value per example goes in and out, so class weights work too.
 *
 * `model.fit` demands one-hot targets for any loss that is a function. Soft targets (mixup, label
 * smoothing) are not supported: only their largest entry counts.
 *
 * @param loss - `(logits, labels)` to `[batch]`; close over what else it needs.
 * @param options - See {@link LossForCompileOptions}.
 * @returns `(yTrue, yPred)` to `[batch]` in nats; `yTrue` is `[batch, classes]` one-hot, or class
 *   numbers `[batch]` or `[batch, 1]`; `yPred` is `[batch, classes]`, what the model gives.
 * @throws {@link InvalidArgumentError} if the output is unknown; what it returns throws it if shapes
 *   disagree.
 * @example
 * ```ts
 * const model = tf.sequential({
 *   layers: [tf.layers.dense({inputShape: [4], units: 2, activation: 'softmax'})],
 * });
 * const loss: Loss = (logits, labels) => balancedSoftmax(logits, labels, [50, 1]);
 * model.compile({optimizer: 'sgd', loss: lossForCompile(loss, {output: 'probabilities'})});
 * ```
 */
export function lossForCompile(
  loss: Loss,
  options: LossForCompileOptions = {},
): (yTrue: tf.Tensor, yPred: tf.Tensor) => tf.Tensor1D {
  const {output} = withDefaults('lossForCompile', DEFAULTS, options);
  checkOneOf('lossForCompile', 'output', output, OUTPUTS);
  return (yTrue, yPred) =>
    tf.tidy(() => {
      checkLogits('lossForCompile', yPred as tf.Tensor2D, undefined, 'yPred');
      const labels = labelsOf(yTrue, yPred as tf.Tensor2D);
      // log p is a valid logit: its softmax is p again.
      const logits = output === 'logits' ? yPred : tf.log(tf.maximum(yPred, TINY_PROBABILITY));
      return loss(logits as tf.Tensor2D, labels);
    });
}

function labelsOf(yTrue: tf.Tensor, yPred: tf.Tensor2D): tf.Tensor1D {
  const [batchSize] = yPred.shape;
  if (tf.util.arraysEqual(yTrue.shape, yPred.shape)) return tf.argMax<tf.Tensor1D>(yTrue, 1);
  if (yTrue.size === batchSize && yTrue.shape[0] === batchSize) {
    return tf.cast<tf.Tensor1D>(tf.reshape(yTrue, [batchSize]), 'int32');
  }
  throw new InvalidArgumentError({
    where: 'lossForCompile',
    argument: 'yTrue',
    expected: `be one-hot [${yPred.shape.join(', ')}] or class numbers [${batchSize}]`,
    found: `a tensor [${yTrue.shape.join(', ')}]`,
    remedy: 'For one-hot targets use tf.oneHot(labels, classes).',
  });
}
