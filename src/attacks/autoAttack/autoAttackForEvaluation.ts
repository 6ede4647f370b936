import type * as tf from '@tensorflow/tfjs-core';

import type {EvaluationAttack} from '../../core/attack';
import {batchNumberOf} from '../../core/batchNumber';
import {asClassifier} from '../../core/classifier';
import {type FeatureValues, isFlatList} from '../../core/featureMap';
import {withIdentity} from '../../core/identity';
import {type AutoAttackOptions, checkEvaluationOptions, ensembleSettings} from './autoAttack';
import {evaluateEnsemble} from './evaluateEnsemble';
import {evaluationResult} from './evaluationResult';

const WHERE = 'autoAttackForEvaluation';

/** Options of {@link autoAttackForEvaluation}: those of {@link autoAttack} that concern a batch. */
export type AutoAttackForEvaluationOptions<I extends tf.Tensor = tf.Tensor4D> = Omit<
  AutoAttackOptions<I>,
  'adversarial' | 'checkpoints' | 'checkpointKey' | 'exampleIds' | 'epsilon'
> & {
  /** Largest norm of a perturbation, in the units of `x`; one value, or one per feature. */
  readonly epsilon: number | FeatureValues;
};

/**
 * {@link autoAttack} as an attack for `evaluateRobustness`: its report then has overall, per-class
 * and tail accuracy after each component, what each component cost, and the warnings. The diagnostics that
 * cost passes run on the first batch only.
 *
 * @param options - See {@link AutoAttackForEvaluationOptions}; without `rng` the evaluation's is used.
 * @returns The attack; use a new one for each evaluation.
 * @see Croce & Hein 2020.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {autoAttackForEvaluation, createRng, evaluateRobustness} from 'lt-robust';
 * import {arrayDataset} from 'lt-robust/data';
 *
 * const dataset = arrayDataset(new Float32Array([0.2, 0.45, 0.6, 0.9]), [0, 0, 1, 1], {
 *   shape: [1, 1, 1],
 *   numClasses: 2,
 * });
 * const model = (x: tf.Tensor4D) => {
 *   const pixel = tf.reshape(x, [-1, 1]);
 *   return tf.concat([tf.sub(0.5, pixel), tf.sub(pixel, 0.5)], 1) as tf.Tensor2D;
 * };
 * const report = await evaluateRobustness(model, dataset, {
 *   attacks: {fast: autoAttackForEvaluation({epsilon: 0.08, version: 'fast'})},
 *   rng: createRng(7),
 * });
 * report.attacks.fast.accuracy; // => 0.75
 * report.attacks.fast.components?.map(({name}) => name); // => ['apgd-ce', 'apgd-t']
 * ```
 */
export function autoAttackForEvaluation<I extends tf.Tensor = tf.Tensor4D>(
  options: AutoAttackForEvaluationOptions<I>,
): EvaluationAttack<I> {
  checkEvaluationOptions<I>(WHERE, options);
  let isFirst = true;
  const attack: EvaluationAttack<I> = async (model, x, labels, context) => {
    const {epsilon} = options;
    const own = {
      ...options,
      // A flat list would count as one value per example in a batch of the same length.
      epsilon: isFlatList(epsilon) ? [epsilon] : epsilon,
      rng: options.rng ?? context?.rng,
      exampleIds: context?.exampleIds,
      signal: options.signal ?? context?.signal,
      adversarial: true,
    } as const;
    const settings = ensembleSettings<I>(WHERE, x, labels, own, model);
    const batch = batchNumberOf(context);
    const inspects = batch === undefined ? isFirst : batch === 0;
    isFirst = false;
    const {report, adversarial} = await evaluateEnsemble(
      asClassifier(model, WHERE),
      x,
      labels,
      settings,
      inspects,
    );
    return {...evaluationResult(report), adversarial: adversarial as I};
  };
  const decisive = {...options, signal: undefined, onProgress: undefined};
  return withIdentity(attack, {name: WHERE, ...decisive});
}

/**
 * The former name of {@link autoAttackForEvaluation}; the next minor version removes it.
 *
 * @deprecated Write `autoAttackForEvaluation`.
 */
export const ensembleAttack = autoAttackForEvaluation;
