import * as tf from '@tensorflow/tfjs-core';

import {withIdentity} from '../core/identity';
import type {Loss} from '../core/loss';
import {withDefaults, type Defaults} from '../core/options';
import {crossEntropy} from '../losses/crossEntropy';
import type {TrainingMethod} from '../core/trainingMethod';

/** Options of {@link naturalTraining}. */
export interface NaturalTrainingOptions {
  /** What to descend on the clean inputs, one value per example. @defaultValue crossEntropy */
  readonly loss?: Loss | undefined;
}

const DEFAULTS: Defaults<NaturalTrainingOptions> = {loss: crossEntropy};

/**
 * Ordinary training on clean inputs. A step is one forward and one backward pass.
 *
 * @param options - See {@link NaturalTrainingOptions}.
 * @returns The method, for `trainStep` and `train`.
 * @throws {@link InvalidArgumentError} on an unknown option.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {layers, sequential} from '@tensorflow/tfjs-layers';
 * import {naturalTraining, sgd, trainStep} from 'lt-robust';
 *
 * const model = sequential({layers: [layers.dense({inputShape: [2], units: 2})]});
 * const batch = {x: tf.tensor2d([[0, 1]]), labels: tf.tensor1d([1], 'int32')};
 * const optimizer = sgd({learningRate: 0.1});
 * const loss = await trainStep(model, naturalTraining<tf.Tensor2D>(), batch, optimizer);
 * loss.shape; // => []
 * ```
 */
export function naturalTraining<I extends tf.Tensor = tf.Tensor4D>(
  options: NaturalTrainingOptions = {},
): TrainingMethod<I> {
  const {loss} = withDefaults('naturalTraining', DEFAULTS, options);
  const method: TrainingMethod<I> = {
    objective: ({batch: {x, labels}}) => ({
      adversarial: x,
      loss: (student) => tf.mean<tf.Scalar>(loss(student(x).logits, labels)),
    }),
  };
  return withIdentity(method, {name: 'naturalTraining', loss});
}
