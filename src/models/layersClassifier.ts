import * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';

import {checkOneOf} from '../core/checks/checkOneOf';
import {asTrainableClassifier, type TrainableClassifier} from '../core/classifier';
import {logProbabilities} from '../core/fromProbabilities';
import {outputOf, rememberModel} from '../core/layers/layersModel';
import {trainableParts} from '../core/layers/trainableParts';
import {passWithFeatures} from '../core/layers/trainingPass';
import {type Defaults, withDefaults} from '../core/options';

/** Options of {@link layersClassifier}. */
export interface LayersClassifierOptions {
  /**
   * What the model gives. `'logits'`: scores, or a final softmax, which is bypassed exactly.
   * `'probabilities'`: probabilities whose logits cannot be reached (a sigmoid, a softmax inside a
   * layer of your own); their logarithm serves as logits. @defaultValue 'logits'
   */
  readonly output?: 'logits' | 'probabilities' | undefined;
}

const DEFAULTS: Defaults<LayersClassifierOptions> = {output: 'logits'};

/**
 * Makes a classifier of a `tf.LayersModel`, with its variables and its two modes. Attacks and
 * trainers do so by themselves where the model gives logits or ends in a softmax.
 *
 * @param model - One input, one output; compiled or not. It stays yours, and its variables its own.
 * @param options - See {@link LayersClassifierOptions}.
 * @returns The classifier; it reads the model's current weights at each call.
 * @throws {@link InvalidArgumentError} if the model has several inputs or outputs, or ends in a
 *   sigmoid and `output` is `'logits'`.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {layers, sequential} from '@tensorflow/tfjs-layers';
 * import {layersClassifier} from 'lt-robust/models';
 *
 * const model = sequential({
 *   layers: [layers.dense({inputShape: [2], units: 1, activation: 'sigmoid'})],
 * });
 * const {inference} = layersClassifier<tf.Tensor2D>(model, {output: 'probabilities'});
 * inference(tf.zeros([1, 2])).dataSync(); // => [-0.6931, -0.6931]
 * ```
 */
export function layersClassifier<I extends tf.Tensor = tf.Tensor4D>(
  model: LayersModel,
  options: LayersClassifierOptions = {},
): TrainableClassifier<I> {
  const where = 'layersClassifier';
  const {output} = withDefaults(where, DEFAULTS, options);
  checkOneOf(where, 'output', output, ['logits', 'probabilities']);
  if (output === 'logits') return asTrainableClassifier<I>(model, where);
  const logProbabilitiesOf = (training: boolean) => {
    const probabilities = outputOf<I>(model, training, where);
    return (x: I) => tf.tidy(() => logProbabilities(probabilities(x), where));
  };
  return {
    inference: rememberModel(logProbabilitiesOf(false), model),
    training: passWithFeatures(model, logProbabilitiesOf(true)),
    ...trainableParts(model),
  };
}
