import * as tf from '@tensorflow/tfjs-core';

import type {Classifier} from '../core/classifier';
import type {GradientCounts} from '../core/gradientTallies';
import {modelOf, rememberModel} from '../core/layers/layersModel';
import {countGradients, gradientSums} from '../math/gradientSums';

/** A classifier through which an attack differentiates, and what its first gradient was. */
export interface WatchedGradients<I extends tf.Tensor> {
  /** The classifier, with the same logits and gradients. */
  readonly classify: Classifier<I>;
  /** What the first gradient says; `undefined` if none was computed for the whole batch. */
  readonly counts: () => Promise<GradientCounts | undefined>;
  dispose(): void;
}

/**
 * Watches the first gradient that is taken through a classifier, for an attack that does not report
 * whether it had one to follow. It costs no pass, and reads nothing until asked.
 *
 * @param classify - The model.
 * @param batchSize - Examples that the attack was given.
 */
export function watchGradients<I extends tf.Tensor>(
  classify: Classifier<I>,
  batchSize: number,
): WatchedGradients<I> {
  let sums: tf.Tensor1D | undefined;
  const pass = (x: I): I => {
    const operation = tf.customGrad<I>(() => ({
      value: tf.clone(x),
      gradFunc: (dy) => {
        sums ??= tf.keep(gradientSums(dy));
        return tf.clone(dy);
      },
    }));
    return operation(x);
  };
  const watched: Classifier<I> = (x) => {
    const isFirst = sums === undefined && tf.engine().state.gradientDepth > 0;
    return classify(isFirst && x.shape[0] === batchSize ? pass(x) : x);
  };
  if (classify.forExamples !== undefined) watched.forExamples = classify.forExamples;
  const model = modelOf(classify);
  return {
    classify: model === undefined ? watched : rememberModel(watched, model),
    counts: async () => (sums === undefined ? undefined : countGradients(await sums.data())),
    dispose: () => {
      sums?.dispose();
    },
  };
}
