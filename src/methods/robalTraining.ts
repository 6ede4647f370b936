import * as tf from '@tensorflow/tfjs-core';

import type {Attack} from '../core/attack';
import {checkOneOf} from '../core/checks/checkOneOf';
import {checkClassCounts} from '../core/checks/checkTensors';
import {CLASSIFIER_MODES, type ClassifierMode} from '../core/classifierMode';
import {withIdentity} from '../core/identity';
import {type Defaults, withDefaults} from '../core/options';
import type {TrainingMethod} from '../core/trainingMethod';
import {
  checkRobalOptions,
  ROBAL_DEFAULTS,
  robalLoss,
  type RobalLossOptions,
} from '../losses/robalLoss';
import {attackBatch, trainingAttack} from './attackBatch';
import {PASS_MODES, type PassMode} from './passes';
import {oneSidedStart} from './starts';

/** Options of {@link robalTraining}: those of {@link robalLoss}, and how it trains. */
export interface RobalTrainingOptions<I extends tf.Tensor = tf.Tensor4D> extends RobalLossOptions {
  /** Training examples of each class, n_i ≥ 1; `classCounts(labels, numClasses)` counts them. */
  readonly classCounts: ArrayLike<number>;
  /**
   * Makes the adversarial inputs; it ascends plain cross-entropy of the unscaled cosines.
   * @defaultValue pgdAttack with L∞ 0.031, 5 steps of 0.0078, from x + 0.031 U[0, 1)
   */
  readonly attack?: Attack<I> | undefined;
  /** Which batch norm statistics the attack sees. @defaultValue 'inference' */
  readonly attackMode?: ClassifierMode | undefined;
  /**
   * `'shared'`: training passes at x' and x; `'published'`: at x', x, x and x' again, the second
   * one for a term of weight `naturalWeight`, 0 as a rule. @defaultValue 'shared'
   */
  readonly passes?: PassMode | undefined;
}

const WHERE = 'robalTraining';
const EPSILON = 0.031;

/**
 * RoBal: a cosine classifier, margins and a prior by the counts of the classes, and the divergence
 * of TRADES. The model has to give unscaled cosines, by the cosine head of this package's networks
 * or {@link cosineLogits} with scale 1. What is scored and attacked afterwards has another scale and
 * prior: `scale · cos - τ_p log π`, see {@link adjustLogits}.
 *
 * | | as published |
 * | --- | --- |
 * | inner loss | cross-entropy of the unscaled cosines |
 * | attack | L∞ 0.031, 5 steps of 0.0078, start x + 0.031 U[0, 1) (one-sided), inference mode |
 * | outer loss | {@link robalLoss}; the defaults are those of CIFAR-10-LT, robust |
 * | training passes | x', x, x, x': here x', x unless `passes` is `'published'` |
 * | optimizer | SGD 0.1, momentum 0.9, weight decay 2e-4, ×0.1 at epochs 60, 75 of 80, batch 64 |
 *
 * (The code multiplies the current rate by the cumulative decay in every epoch, so that training
 * ends about epoch 62.)
 *
 * Cost of a step: the attack and two training passes.
 *
 * @param options - See {@link RobalTrainingOptions}; `classCounts` is required.
 * @returns The method, for `trainStep` and `train`.
 * @throws {@link InvalidArgumentError} if a class is empty or an option is out of range.
 * @see Wu et al. 2021, Adversarial Robustness under Long-Tailed Distribution, and its code.
 * @example
 * ```ts
 * import {robalTraining} from 'lt-robust';
 *
 * const method = robalTraining({classCounts: [500, 50, 5], margin: 0.3, priorTau: 0, marginTau: 0});
 * ```
 */
export function robalTraining<I extends tf.Tensor = tf.Tensor4D>(
  options: RobalTrainingOptions<I>,
): TrainingMethod<I> {
  const defaults: Defaults<RobalTrainingOptions<I>> = {
    ...ROBAL_DEFAULTS,
    classCounts: [],
    attack: trainingAttack<I>({
      ...{epsilon: EPSILON, stepSize: 0.0078, steps: 5},
      start: oneSidedStart(EPSILON),
    }),
    attackMode: 'inference',
    passes: 'shared',
  };
  const settings = withDefaults(WHERE, defaults, options);
  const {classCounts, attack, attackMode: mode, passes, ...weights} = settings;
  checkClassCounts(WHERE, classCounts);
  checkRobalOptions(WHERE, weights);
  checkOneOf(WHERE, 'attackMode', mode, CLASSIFIER_MODES);
  checkOneOf(WHERE, 'passes', passes, PASS_MODES);
  const method: TrainingMethod<I> = {
    numClasses: classCounts.length,
    async objective(step) {
      const {x, labels} = step.batch;
      const adversarial = await attackBatch(step, attack, {mode});
      const again = (input: I) => (passes === 'published' ? step.own(tf.clone(input)) : input);
      const [cleanAgain, adversarialAgain] = [again(x), again(adversarial)];
      const {naturalWeight, regularization, ...margins} = weights;
      return {
        adversarial,
        loss: (student) => {
          // The margins and the divergence see passes of their own where the code makes them.
          const forMargins = student(adversarial).logits;
          const natural = student(x).logits;
          const hard = robalLoss(natural, forMargins, labels, classCounts, {
            ...{...margins, naturalWeight, regularization: 0},
          });
          const clean = student(cleanAgain).logits;
          const {logits} = student(adversarialAgain);
          const smooth = robalLoss(clean, logits, labels, classCounts, {
            ...{...margins, adversarialWeight: 0, naturalWeight: 0, regularization},
          });
          return tf.mean<tf.Scalar>(tf.add(hard, smooth));
        },
      };
    },
  };
  return withIdentity(method, {name: WHERE, ...settings, classCounts: Array.from(classCounts)});
}
