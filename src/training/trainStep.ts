import * as tf from '@tensorflow/tfjs-core';

import {asTrainableClassifier, type TrainableModel} from '../core/classifier';
import type {Batch} from '../core/dataset';
import {disposeTapeOnThrow} from '../core/memory';
import {withDefaults} from '../core/options';
import type {Rng} from '../core/rng';
import {withGradientKernels} from '../kernels/withGradientKernels';
import type {GradientRule} from '../core/updateRule';
import type {TrainingMethod} from '../core/trainingMethod';

/** Options of {@link trainStep}. */
export interface TrainStepOptions {
  /** How the loss becomes gradients. @defaultValue tf.variableGrads */
  readonly gradients?: GradientRule | undefined;
  /** Epoch, counted from 1: methods may weigh terms by it. @defaultValue 1 */
  readonly epoch?: number | undefined;
  /** Epochs in all. @defaultValue 1 */
  readonly epochs?: number | undefined;
  /** Step, counted from 1. @defaultValue 1 */
  readonly step?: number | undefined;
  /** Randomness of this step alone: fork it by the step. @defaultValue none: attacks start at `x` */
  readonly rng?: Rng | undefined;
}

const DEFAULTS = {
  gradients: tf.variableGrads as GradientRule,
  epoch: 1,
  epochs: 1,
  step: 1,
  rng: undefined as Rng | undefined,
};

/**
 * One optimisation step: prepare the batch (attack, teacher), then descend the method's loss once.
 * If preparing or the loss throws, weights and running statistics are as they were.
 *
 * @param model - A `tf.LayersModel`, or a {@link TrainableClassifier}; its variables change.
 * @param method - What to prepare and to minimise.
 * @param batch - `{x, labels}`; unchanged, the caller disposes it.
 * @param optimizer - Any `tf.Optimizer`; make it outside of `tf.tidy`.
 * @param options - See {@link TrainStepOptions}.
 * @returns The batch loss before the update, a scalar on the device; the caller disposes it.
 * @throws {@link InvalidArgumentError} if the model has no variables to train.
 * @example
 * ```ts
 * const model = tf.sequential({layers: [tf.layers.dense({inputShape: [2], units: 2})]});
 * const batch = {x: tf.tensor2d([[0, 1], [1, 0]]), labels: tf.tensor1d([0, 1], 'int32')};
 * const optimizer = sgd({learningRate: 0.1, momentum: 0.9});
 * const method = pgdTraining<tf.Tensor2D>();
 * for (let step = 1; step <= 3; step++) {
 *   const loss = await trainStep(model, method, batch, optimizer, {rng: createRng(7).fork(step)});
 *   loss.dispose();
 * }
 * optimizer.iterations; // => 3
 * ```
 */
export async function trainStep<I extends tf.Tensor, P extends tf.NamedTensorMap>(
  model: TrainableModel<I>,
  method: TrainingMethod<I, P>,
  batch: Batch<I>,
  optimizer: tf.Optimizer,
  options: TrainStepOptions = {},
): Promise<tf.Scalar> {
  const {gradients, ...context} = withDefaults('trainStep', DEFAULTS, options);
  const {inference, training, variables, statistics} = asTrainableClassifier(model, 'trainStep');
  const prepared = await method.prepare(inference, batch, context);
  try {
    return tf.tidy(() => {
      const before = statistics.map((variable) => tf.clone(variable)); // shares the values
      const loss = () => method.loss(training, batch, prepared, context);
      try {
        const {value, grads} = disposeTapeOnThrow(() =>
          withGradientKernels(() => gradients(loss, [...variables])),
        );
        // A list in a fixed order, gaps included: tfjs's optimizers keep their state by position.
        optimizer.applyGradients(
          variables.map(({name}) => ({name, tensor: grads[name] as tf.Tensor})),
        );
        return value;
      } catch (error) {
        statistics.forEach((variable, i) => variable.assign(before[i] as tf.Tensor));
        throw error;
      }
    });
  } finally {
    tf.dispose(prepared);
  }
}
