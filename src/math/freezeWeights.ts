import type * as tf from '@tensorflow/tfjs-core';

import type {Classifier} from '../core/classifier';
import {foldBatchNorm} from '../core/layers/foldBatchNorm';
import {modelOf} from '../core/layers/layersModel';
import {openWeightCache} from '../kernels/weightCache';

/** A classifier for many gradients with the same weights. */
export interface FrozenWeights<I extends tf.Tensor> {
  /** The classifier, faster; same logits up to rounding. */
  readonly classify: Classifier<I>;
  /** Disposes what was made of the weights; `classify` goes on without it. */
  dispose(): void;
}

/**
 * Prepares a classifier for the steps of an attack, during which its weights stay: batch norm is
 * folded into the layers before it (where it is a `tf.LayersModel`), and what the gradient kernels
 * make of the weights is kept from one {@link inputGradient} to the next. Nothing in the model
 * changes. Right also where the weights do change (they are then used as they are), where `classify`
 * is called inside other functions, and where asynchronous attacks take turns, each with its own.
 *
 * @param classifier - `x` to logits; folding knows those of `asClassifier`.
 * @returns What to call instead; dispose it in a `finally`.
 * @example
 * ```ts
 * const model = (x: tf.Tensor2D): tf.Tensor2D => tf.matMul(x, tf.tensor2d([[1, -1]]));
 * const labels = tf.tensor1d([0], 'int32');
 * const frozen = freezeWeights(model);
 * let x = tf.tensor2d([[0]]);
 * try {
 *   for (let step = 0; step < 3; step++) {
 *     x = tf.add(x, inputGradient(frozen.classify, x, labels, crossEntropy).gradient);
 *   }
 * } finally {
 *   frozen.dispose();
 * }
 * ```
 */
export function freezeWeights<I extends tf.Tensor>(classifier: Classifier<I>): FrozenWeights<I> {
  const cache = openWeightCache();
  const model = modelOf(classifier);
  const folded = model && foldBatchNorm(model);
  const frozen = (some: Classifier<I>): Classifier<I> => {
    const classify: Classifier<I> = (x) => {
      cache.use();
      return folded ? folded.within(() => some(x)) : some(x);
    };
    const {forExamples} = some;
    if (forExamples) classify.forExamples = (exampleIds) => frozen(forExamples(exampleIds));
    return classify;
  };
  return {
    classify: frozen(classifier),
    dispose: () => {
      cache.dispose();
      folded?.dispose();
    },
  };
}

/** Runs an asynchronous function on a classifier with {@link freezeWeights | frozen weights}. */
export async function whileFrozen<I extends tf.Tensor, T>(
  classifier: Classifier<I>,
  body: (classify: Classifier<I>) => Promise<T>,
): Promise<T> {
  const frozen = freezeWeights(classifier);
  try {
    return await body(frozen.classify);
  } finally {
    frozen.dispose();
  }
}
