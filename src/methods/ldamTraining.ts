import * as tf from '@tensorflow/tfjs-core';

import type {Attack} from '../core/attack';
import {checkNumber} from '../core/checks/checkNumber';
import {checkOneOf} from '../core/checks/checkOneOf';
import {checkClassCounts} from '../core/checks/checkTensors';
import {CLASSIFIER_MODES, type ClassifierMode} from '../core/classifierMode';
import {withIdentity} from '../core/identity';
import {type Defaults, withDefaults} from '../core/options';
import type {TrainingMethod} from '../core/trainingMethod';
import {deferredReweighting} from '../losses/deferredReweighting';
import {ldamLoss} from '../losses/ldamLoss';
import {attackBatch, trainingAttack} from './attackBatch';

/** Options of {@link ldamTraining}. */
export interface LdamTrainingOptions<I extends tf.Tensor = tf.Tensor4D> {
  /** Training examples of each class, n_i ≥ 1; `classCounts(labels, numClasses)` counts them. */
  readonly classCounts: ArrayLike<number>;
  /** Margin ≥ 0 of the rarest class, in units of the logits before the scale. @defaultValue 0.5 */
  readonly maxMargin?: number | undefined;
  /** Factor > 0 of the logits: 1 for a linear classifier, 30 for cosines. @defaultValue 1 */
  readonly scale?: number | undefined;
  /**
   * Power p ≥ 0: the margin of a class of n examples is in proportion to n^(−p). @defaultValue 0.25
   */
  readonly power?: number | undefined;
  /**
   * Fraction in `[0, 1]` of the epochs in which all classes have the same weight: LDAM-DRW
   * re-weights after 160 of 200, RoBal's baseline after 40 of 80; 1 never does. @defaultValue 0.8
   */
  readonly plainShare?: number | undefined;
  /** β in `[0, 1]` of the weights from then on, see {@link effectiveNumberWeights}. @defaultValue 0.9999 */
  readonly beta?: number | undefined;
  /**
   * Makes the adversarial inputs, on which the margins are learned; it ascends plain cross-entropy.
   * @defaultValue pgdAttack with L∞ 8/255, 10 steps of 2/255, a random start
   */
  readonly attack?: Attack<I> | undefined;
  /** Which batch norm statistics the attack sees. @defaultValue 'inference' */
  readonly attackMode?: ClassifierMode | undefined;
}

const WHERE = 'ldamTraining';

/**
 * LDAM-DRW on adversarial inputs: margins that are larger for rare classes, and weights of the
 * classes from some epoch on. LDAM-DRW itself trains on clean inputs:
 * `attack: (model, x) => x.clone()`.
 *
 * | | as published |
 * | --- | --- |
 * | inner loss | none (LDAM-DRW); cross-entropy (RoBal's adversarial baseline) |
 * | outer loss | {@link ldamLoss}: margin 0.5, s 30 on cosines; RoBal's baseline s 1 on logits |
 * | weights | all 1, after epoch 160 of 200 by effective numbers, β 0.9999, as a weighted mean |
 * | training passes | x' |
 * | optimizer | SGD 0.1, momentum 0.9, weight decay 2e-4; warm-up of 5 epochs, ×0.01 after 160 and 180 |
 *
 * Cost of a step: the attack and one training pass.
 *
 * @param options - See {@link LdamTrainingOptions}; `classCounts` is required.
 * @returns The method, for `trainStep` and `train`.
 * @throws {@link InvalidArgumentError} if a class is empty or an option is out of range.
 * @see Cao et al. 2019, Learning Imbalanced Datasets with Label-Distribution-Aware Margin Loss,
 *   Algorithm 1; Wu et al. 2021, Table 2.
 * @example
 * ```ts
 * import {ldamTraining} from 'lt-robust';
 *
 * const method = ldamTraining({classCounts: [500, 50, 5], plainShare: 0.5});
 * ```
 */
export function ldamTraining<I extends tf.Tensor = tf.Tensor4D>(
  options: LdamTrainingOptions<I>,
): TrainingMethod<I> {
  const defaults: Defaults<LdamTrainingOptions<I>> = {
    classCounts: [],
    ...{maxMargin: 0.5, scale: 1, power: 0.25, plainShare: 0.8, beta: 0.9999},
    attack: trainingAttack<I>(),
    attackMode: 'inference',
  };
  const settings = withDefaults(WHERE, defaults, options);
  const {classCounts, plainShare, beta, attack, attackMode: mode, ...margins} = settings;
  checkClassCounts(WHERE, classCounts);
  checkNumber(WHERE, 'maxMargin', margins.maxMargin, {min: 0});
  checkNumber(WHERE, 'scale', margins.scale, {above: 0, float32: true});
  checkNumber(WHERE, 'power', margins.power, {min: 0});
  checkNumber(WHERE, 'plainShare', plainShare, {min: 0, max: 1});
  checkNumber(WHERE, 'beta', beta, {min: 0, max: 1});
  checkOneOf(WHERE, 'attackMode', mode, CLASSIFIER_MODES);
  const method: TrainingMethod<I> = {
    numClasses: classCounts.length,
    async objective(step) {
      const {labels} = step.batch;
      const adversarial = await attackBatch(step, attack, {mode});
      const plainEpochs = Math.floor(plainShare * step.epochs);
      const classWeights = deferredReweighting(classCounts, step.epoch, {plainEpochs, beta});
      return {
        adversarial,
        loss: (student) => {
          const {logits} = student(adversarial);
          return tf.mean<tf.Scalar>(
            ldamLoss(logits, labels, classCounts, {...margins, classWeights}),
          );
        },
      };
    },
  };
  return withIdentity(method, {name: WHERE, ...settings, classCounts: Array.from(classCounts)});
}
