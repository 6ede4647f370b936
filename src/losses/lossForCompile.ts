import * as tf from '@tensorflow/tfjs-core';

import {checkLoss} from '../core/checks/checkForm';
import {checkOneOf} from '../core/checks/checkOneOf';
import {checkLogits} from '../core/checks/checkTensors';
import {InvalidArgumentError} from '../core/errors';
import type {Loss} from '../core/loss';
import {type Defaults, withDefaults} from '../core/options';
import {ofRank} from '../core/rank';
import {overTargets, type Targets} from './targets';

const OUTPUTS = ['logits', 'probabilities'] as const;

const TARGETS = ['classes', 'weights'] as const;

/** Options of {@link lossForCompile}. */
export interface LossForCompileOptions {
  /**
   * What the model ends in: `'logits'`, raw scores, or `'probabilities'`, a softmax. It is not
   * detected, and the wrong one trains badly without an error. @defaultValue 'logits'
   */
  readonly output?: (typeof OUTPUTS)[number] | undefined;
  /**
   * What the loss takes as its labels: `'classes'`, class numbers, which any loss accepts, at the
   * cost of one evaluation of the loss for each class; `'weights'`, the rows of `yTrue` as they
   * are, which the losses of this package accept as well. @defaultValue 'classes'
   */
  readonly targets?: (typeof TARGETS)[number] | undefined;
}

const DEFAULTS: Defaults<LossForCompileOptions> = {
  output: 'logits',
  targets: 'classes',
};

// The smallest probability told from 0: a normal float32, whose reciprocal is finite.
const TINY_PROBABILITY = 1e-30;

/**
 * Turns a loss of this package into one for `model.compile({loss})` of tf.layers, to be used with
 * `model.fit`. One value per example goes in and out, so class weights work too.
 *
 * `model.fit` demands targets `[batch, classes]` for any loss that is a function: one-hot, smoothed
 * or mixed. The loss is then Σ_c t_c loss(z, c), its mean over the classes with the weights of the
 * row; of a one-hot row, the loss of that class.
 *
 * @param loss - `(logits, labels)` to `[batch]`, each example by itself; close over what else it
 *   needs. One that couples the examples of a batch, as {@link harlLoss}, needs
 *   `targets: 'weights'`.
 * @param options - See {@link LossForCompileOptions}.
 * @returns `(yTrue, yPred)` to `[batch]` in nats; `yTrue` is `[batch, classes]`, or class
 *   numbers `[batch]` or `[batch, 1]`; `yPred` is `[batch, classes]`, what the model gives.
 * @throws {@link InvalidArgumentError} if an option is unknown; what it returns throws it if shapes
 *   disagree.
 * @example
 * ```ts
 * import {layers, sequential} from '@tensorflow/tfjs-layers';
 * import {balancedSoftmax, type Loss, lossForCompile} from 'lt-robust';
 *
 * const model = sequential({
 *   layers: [layers.dense({inputShape: [4], units: 2, activation: 'softmax'})],
 * });
 * const loss: Loss = (logits, labels) => balancedSoftmax(logits, labels, [50, 1]);
 * model.compile({optimizer: 'sgd', loss: lossForCompile(loss, {output: 'probabilities'})});
 * ```
 */
export function lossForCompile(
  loss: Loss,
  options: LossForCompileOptions = {},
): (yTrue: tf.Tensor, yPred: tf.Tensor) => tf.Tensor1D {
  checkLoss('lossForCompile', 'loss', loss);
  const {output, targets} = withDefaults('lossForCompile', DEFAULTS, options);
  checkOneOf('lossForCompile', 'output', output, OUTPUTS);
  checkOneOf('lossForCompile', 'targets', targets, TARGETS);
  return (yTrue, yPred) =>
    tf.tidy(() => {
      checkLogits('lossForCompile', yPred, undefined, 'yPred');
      const labels = labelsOf(yTrue, yPred);
      // log p is a valid logit: its softmax is p again.
      const logits =
        output === 'logits'
          ? yPred
          : tf.log<tf.Tensor2D>(tf.maximum<tf.Tensor2D>(yPred, TINY_PROBABILITY));
      // A loss of this package takes rows of weights where `Loss` has class numbers.
      if (targets === 'weights') return loss(logits, labels as tf.Tensor1D);
      return overTargets(logits, labels, (z, classes) => loss(z, classes));
    });
}

function labelsOf(yTrue: tf.Tensor, yPred: tf.Tensor2D): Targets {
  const [batchSize] = yPred.shape;
  if (tf.util.arraysEqual(yTrue.shape, yPred.shape)) return ofRank(yTrue, 2);
  if (yTrue.size === batchSize && yTrue.shape[0] === batchSize) {
    return tf.cast<tf.Tensor1D>(tf.reshape(yTrue, [batchSize]), 'int32');
  }
  throw new InvalidArgumentError({
    where: 'lossForCompile',
    argument: 'yTrue',
    expected: `be [${yPred.shape.join(', ')}], a weight for each class, or class numbers [${batchSize}]`,
    found: `a tensor [${yTrue.shape.join(', ')}]`,
    remedy: 'For one-hot targets use tf.oneHot(labels, classes).',
  });
}
