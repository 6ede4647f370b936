import * as tf from '@tensorflow/tfjs-core';

import {checkInputs, checkModelShape, isTensor} from '../core/checks/checkTensors';
import {checkFunction, checkLoss, checkText} from '../core/checks/checkForm';
import {describeValue} from '../core/describeValue';
import {InvalidArgumentError} from '../core/errors';
import type {Classifier} from '../core/classifier';
import {toInputOnly} from '../core/layers/modelPass';
import {lossAt, type AttackLoss} from '../core/loss';
import {disposeTapeOnThrow} from '../core/memory';
import {withGradientKernels} from '../kernels/withGradientKernels';
import {callModel} from './callModel';

/** What one forward and one backward pass give. */
export interface InputGradient<I extends tf.Tensor> {
  /** `[batch, classes]`: the model's output at `x`. */
  readonly logits: tf.Tensor2D;
  /** `[batch]`: the loss of each example. */
  readonly losses: tf.Tensor1D;
  /** Shape of `x`: each example's loss differentiated to that example. */
  readonly gradient: I;
}

/**
 * Differentiates a loss to the input of a model: the only place that does. One forward pass and
 * one backward pass give logits, losses and gradient; weight gradients are not computed (the
 * convolutions of tf.layers would), and kernels that the backend lacks, gets wrong or does slowly
 * are replaced for the duration of the call.
 *
 * The examples must not interact (inference mode): the gradient is that of the sum of the losses.
 *
 * @param model - `x` to logits.
 * @param x - `[batch, ...]` float32.
 * @param labels - `[batch]` int32.
 * @param loss - What to differentiate, one value per example. One that sees the input is
 *   differentiated through both.
 * @param where - Name for error messages.
 * @returns Three tensors; the caller disposes them.
 * @throws {@link MissingGradientsError} if no gradients are registered, or an operation has none.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {crossEntropy, inputGradient} from 'lt-robust';
 *
 * const model = (x: tf.Tensor2D): tf.Tensor2D => tf.matMul(x, tf.tensor2d([[1, -1]]));
 * const labels = tf.tensor1d([0], 'int32');
 * const {gradient} = inputGradient(model, tf.tensor2d([[0]]), labels, crossEntropy);
 * gradient.dataSync(); // => [-1]
 * ```
 */
export function inputGradient<I extends tf.Tensor>(
  model: Classifier<I>,
  x: I,
  labels: tf.Tensor1D,
  loss: AttackLoss,
  where = 'inputGradient',
): InputGradient<I> {
  checkText('inputGradient', 'where', where);
  checkFunction(where, 'model', model, 'Pass asClassifier(model).');
  checkInputs(where, 'x', x);
  checkTruth(where, labels, x.shape[0] ?? 0);
  checkLoss(where, 'loss', loss);
  return tf.tidy(() => {
    let logits: tf.Tensor2D | undefined;
    const lossesOf = (input: tf.Tensor) => {
      logits?.dispose();
      const output = callModel(where, model, input as I);
      checkModelShape(where, output, x.shape[0] ?? 0);
      logits = tf.keep(tf.clone(output));
      return checkedLosses(where, lossAt(loss, input)(output, labels), x.shape[0] ?? 0);
    };
    try {
      const {value, grad} = disposeTapeOnThrow(() =>
        withGradientKernels(() => toInputOnly(() => tf.valueAndGrad(lossesOf)(x))),
      );
      // A clone inside the tidy hands the kept tensor over to the caller's scope.
      return {
        logits: tf.clone(logits as unknown as tf.Tensor2D),
        losses: value,
        gradient: grad as I,
      };
    } catch (error) {
      if (isConstant(error)) return zeroGradient(model, x, labels, loss);
      throw error;
    } finally {
      logits?.dispose();
    }
  });
}

// The message of tfjs for a loss that does not depend on the input.
const isConstant = (error: unknown): boolean =>
  String(error).includes('Cannot compute gradient of y=f(x)');

function zeroGradient<I extends tf.Tensor>(
  model: Classifier<I>,
  x: I,
  labels: tf.Tensor1D,
  loss: AttackLoss,
) {
  const logits = tf.clone(model(x));
  return {logits, losses: lossAt(loss, x)(logits, labels), gradient: tf.zerosLike(x)};
}

// Class numbers, or anything with an entry for each example that the loss takes.
function checkTruth(where: string, labels: unknown, batchSize: number): void {
  if (isTensor(labels) && labels.shape[0] === batchSize) return;
  throw new InvalidArgumentError({
    where,
    argument: 'labels',
    expected: `be a tensor with an entry for each of the ${batchSize} examples`,
    found: describeValue(labels),
    remedy: "Make it with tf.tensor1d(labels, 'int32').",
  });
}

// The loss is the caller's, so its result is checked here.
function checkedLosses(where: string, losses: tf.Tensor1D, batchSize: number): tf.Tensor1D {
  const isTensor = (losses as unknown) instanceof tf.Tensor;
  if (isTensor && losses.rank === 1 && losses.size === batchSize) return losses;
  throw new InvalidArgumentError({
    where,
    argument: 'loss',
    expected: `give a tensor [${batchSize}], one value for each example`,
    found: describeValue(losses),
    remedy: isTensor
      ? 'Leave out its tf.mean or tf.sum over the batch.'
      : 'Return the tensor itself, from (logits, labels): a loss is synchronous.',
  });
}
