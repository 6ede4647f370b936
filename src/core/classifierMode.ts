import * as tf from '@tensorflow/tfjs-core';

import {isTrainable} from './classifier';
import {describeValue} from './describeValue';
import {InvalidArgumentError} from './errors';
import {at} from './at';
import {checkOneOf} from './checks/checkOneOf';
import type {Classifier, TrainableClassifier} from './classifier';
import {passTensors} from './pass';

/** The names of {@link ClassifierMode}. */
export const CLASSIFIER_MODES = ['inference', 'batch-statistics', 'training'] as const;

/**
 * Which batch norm statistics a classifier normalises by. `'inference'`: the running ones.
 * `'batch-statistics'`: those of the batch, and the running ones stay. `'training'`: those of the
 * batch, and every pass moves the running ones. The last two run dropout as well.
 */
export type ClassifierMode = (typeof CLASSIFIER_MODES)[number];

/**
 * A trainable model as an attack sees it during training. Most methods attack in inference mode;
 * ARD and AT-AWP attack in training mode, RobustLT with the statistics of the batch.
 *
 * @param model - The model, as `step.model` has it.
 * @param mode - See {@link ClassifierMode}.
 * @param where - Name for error messages.
 * @returns The classifier. It reads the model's current weights at each call.
 * @throws {@link InvalidArgumentError} if the mode is unknown.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {layers, sequential} from '@tensorflow/tfjs-layers';
 * import {asTrainableClassifier, classifierInMode} from 'lt-robust';
 *
 * const net = sequential({
 *   layers: [layers.batchNormalization({inputShape: [1]}), layers.dense({units: 2})],
 * });
 * const model = asTrainableClassifier<tf.Tensor2D>(net);
 * const classify = classifierInMode(model, 'batch-statistics');
 * classify(tf.tensor2d([[1], [3]])).shape; // => [2, 2]
 * model.statistics[0]?.dataSync(); // => [0]
 * ```
 */
export function classifierInMode<I extends tf.Tensor>(
  model: TrainableClassifier<I>,
  mode: ClassifierMode,
  where = 'classifierInMode',
): Classifier<I> {
  checkOneOf(where, 'mode', mode, CLASSIFIER_MODES);
  if (typeof model !== 'object' || (model as unknown) === null || !isTrainable(model)) {
    throw new InvalidArgumentError({
      where,
      argument: 'model',
      expected: 'be {inference, training, variables, statistics}',
      found: describeValue(model),
      remedy: 'Pass asTrainableClassifier(model).',
    });
  }
  if (mode === 'inference') return model.inference;
  const classify: Classifier<I> = (x) => tf.tidy(() => passTensors(model.training(x)).logits);
  if (mode === 'training') return classify;
  return (x) => {
    const before = model.statistics.map((variable) => tf.clone(variable)); // a clone shares the values
    try {
      return classify(x);
    } finally {
      model.statistics.forEach((variable, i) => variable.assign(at(before, i)));
      tf.dispose(before);
    }
  };
}
