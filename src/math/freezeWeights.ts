import type * as tf from '@tensorflow/tfjs-core';

import {checkFunction} from '../core/checks/checkForm';
import type {Classifier} from '../core/classifier';
import {foldBatchNorm} from '../core/layers/foldBatchNorm';
import {modelOf} from '../core/layers/layersModel';
import {frozenPasses, inKnownModel, isPass, withPassRunner} from '../core/layers/modelPass';
import {structureOf} from '../core/layers/structure';
import {openWeightCache} from '../kernels/weightCache';
import {withGradientKernels} from '../kernels/withGradientKernels';

/** A classifier for many gradients with the same weights. */
export interface FrozenWeights<I extends tf.Tensor> {
  /** The classifier, faster; same logits up to rounding. */
  readonly classify: Classifier<I>;
  /** Disposes what was made of the weights; `classify` goes on without it. */
  dispose(): void;
}

/**
 * Prepares a classifier for the steps of an attack, during which its weights do not change. Batch norm
 * is folded into the layers before it (of a `tf.LayersModel`), and what the gradient kernels compute
 * from the weights is kept from one {@link inputGradient} to the next. After
 * `registerGradientKernels()`, on cpu and wasm, passes of a `tf.LayersModel` are recorded once there were
 * twenty of the same shape, and repeated from then on without the work of tf.layers and of tfjs's engine:
 * same digits, less time. A model with a layer of the program's own is run as it is, each time. The model
 * itself is not changed, nor may its layers be while its weights are frozen; their values may.
 * Results are right even if the weights do change, if `classify` is called inside other functions, and
 * if several asynchronous attacks take turns, each with its own frozen weights.
 *
 * @param classifier - `x` to logits; folding knows those of `asClassifier`.
 * @returns What to call instead; dispose it in a `finally`.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {crossEntropy, freezeWeights, inputGradient} from 'lt-robust';
 *
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
  checkFunction('freezeWeights', 'classifier', classifier, 'Pass asClassifier(model).');
  const cache = openWeightCache();
  const model = modelOf(classifier);
  const folded = model && withGradientKernels(() => foldBatchNorm(model)); // which says where memory runs out
  const isKnown = model !== undefined && structureOf(model) !== undefined;
  const within = <T>(body: () => T): T => {
    cache.use();
    const pass = isKnown ? () => inKnownModel(body) : body;
    return folded ? folded.within(pass) : pass();
  };
  const runner = frozenPasses({
    folded: folded && model && {...folded, model},
    use: () => {
      cache.use();
    },
    within,
  });
  const frozen = (classify: Classifier<I>): Classifier<I> => {
    const called: Classifier<I> =
      runner === undefined ? classify : (x) => withPassRunner(runner, () => classify(x));
    // The runner does by itself what other functions need.
    const isAlone = runner !== undefined && isPass(classify);
    const own: Classifier<I> = isAlone ? called : (x) => within(() => called(x));
    const {forExamples} = classify;
    if (forExamples !== undefined) own.forExamples = (ids) => frozen(forExamples(ids));
    return own;
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
