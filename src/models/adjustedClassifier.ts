import * as tf from '@tensorflow/tfjs-core';

import {checkNumber} from '../core/checks/checkNumber';
import {checkClassCounts, checkLogits} from '../core/checks/checkTensors';
import {asClassifier, type Classifier, type Model} from '../core/classifier';
import {withIdentity} from '../core/identity';
import {modelOf, rememberModel} from '../core/layers/layersModel';
import {type Defaults, withDefaults} from '../core/options';

/** Options of {@link adjustedClassifier}. */
export interface AdjustedClassifierOptions {
  /** What the model's logits are multiplied by, above 0. @defaultValue 1 */
  readonly scale?: number | undefined;
  /** τ ≥ 0, the strength of the correction; 0 leaves it out. @defaultValue 1 */
  readonly tau?: number | undefined;
}

const DEFAULTS: Defaults<AdjustedClassifierOptions> = {scale: 1, tau: 1};

/**
 * Post-hoc logit adjustment: scale · z − τ log π, with π the class frequencies in training. It is
 * the form in which RoBal evaluates its cosine head: this is the model that is scored, and the one
 * that is attacked.
 *
 * @param model - A `tf.LayersModel`, or anything else that attacks take as a model.
 * @param classCounts - Training examples of each class, 1 or more.
 * @param options - See {@link AdjustedClassifierOptions}.
 * @returns A classifier in inference mode that reads the model's current weights at each call.
 * @throws {@link InvalidArgumentError} if a count or an option is out of range, or at a call if the
 *   model has another number of classes.
 * @see Wu et al. 2021 (RoBal): scale 10 with τ 0.1 for CIFAR-10-LT, or τ 1.5 for CIFAR-100-LT, in
 *   the setting for natural accuracy. Menon et al. 2021, Long-Tail Learning via Logit Adjustment.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {adjustedClassifier} from 'lt-robust/models';
 *
 * const model = (x: tf.Tensor2D): tf.Tensor2D => tf.clone(x);
 * const adjusted = adjustedClassifier(model, [90, 10], {tau: 0.5});
 * adjusted(tf.tensor2d([[1, 1]])).dataSync(); // => [1.0527, 2.1513]
 * ```
 */
export function adjustedClassifier<I extends tf.Tensor = tf.Tensor4D>(
  model: Model<I>,
  classCounts: ArrayLike<number>,
  options: AdjustedClassifierOptions = {},
): Classifier<I> {
  const where = 'adjustedClassifier';
  const {scale, tau} = withDefaults(where, DEFAULTS, options);
  checkNumber(where, 'scale', scale, {above: 0, float32: true});
  checkNumber(where, 'tau', tau, {min: 0});
  checkClassCounts(where, classCounts);
  const counts = Array.from(classCounts);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const shift = counts.map((count) => tau * Math.log(count / total));
  return adjustedBy(asClassifier<I>(model, where));

  function adjustedBy(classify: Classifier<I>): Classifier<I> {
    const adjusted: Classifier<I> = (x) =>
      tf.tidy(() => {
        const logits = classify(x);
        checkLogits(where, logits);
        checkClassCounts(where, counts, logits.shape[1]);
        return tf.sub(tf.mul(logits, scale), tf.tensor1d(shift));
      });
    const {forExamples} = classify;
    if (forExamples) adjusted.forExamples = (exampleIds) => adjustedBy(forExamples(exampleIds));
    // Folding batch norm looks up the model inside; an identity must not, since the adjustment is
    // part of it.
    withIdentity(adjusted, {name: where, model, classCounts: counts, scale, tau});
    const inner = modelOf(classify);
    return inner === undefined ? adjusted : rememberModel(adjusted, inner);
  }
}
