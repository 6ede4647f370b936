import * as tf from '@tensorflow/tfjs-core';

import type {Attack} from '../core/attack';
import {checkNumber} from '../core/checks/checkNumber';
import {checkOneOf} from '../core/checks/checkOneOf';
import {CLASSIFIER_MODES, type ClassifierMode} from '../core/classifierMode';
import {withIdentity} from '../core/identity';
import {type Defaults, withDefaults} from '../core/options';
import type {TrainingMethod} from '../core/trainingMethod';
import {martLoss} from '../losses/martLoss';
import {attackBatch, trainingAttack} from './attackBatch';

/** Options of {@link martTraining}. */
export interface MartTrainingOptions<I extends tf.Tensor = tf.Tensor4D> {
  /** Weight λ ≥ 0 of the divergence; 6 in the script for WideResNet. @defaultValue 5 */
  readonly lambda?: number | undefined;
  /**
   * Makes the adversarial inputs; it ascends plain cross-entropy.
   * @defaultValue pgdAttack with L∞ 0.031, 10 steps of 0.007, from Gaussian noise of deviation 0.001
   */
  readonly attack?: Attack<I> | undefined;
  /** Which batch norm statistics the attack sees. @defaultValue 'inference' */
  readonly attackMode?: ClassifierMode | undefined;
}

const WHERE = 'martTraining';

/**
 * MART: descends {@link martLoss}, a boosted cross-entropy on adversarial inputs and the divergence
 * from the clean answer, weighted by how far the clean probability of the true class is from 1.
 *
 * | | as published |
 * | --- | --- |
 * | inner loss | cross-entropy |
 * | attack | L∞ 0.031, 10 steps of 0.007, start x + 0.001 N(0, 1), inference mode |
 * | outer loss | boosted cross-entropy and 5 times the weighted divergence |
 * | training passes | x, x' |
 * | optimizer, ResNet-18 | SGD 0.01, momentum 0.9, weight decay 3.5e-3, ×0.1 at epochs 75, 90, 100 of 120 |
 * | optimizer, WRN-34-10 | SGD 0.1, momentum 0.9, weight decay 7e-4, ×0.1 at epochs 75, 90 of 90, λ 6 |
 *
 * Cost of a step: the attack and two training passes.
 *
 * @param options - See {@link MartTrainingOptions}.
 * @returns The method, for `trainStep` and `train`.
 * @throws {@link InvalidArgumentError} if an option is out of range.
 * @see Wang et al. 2020, Improving Adversarial Robustness Requires Revisiting Misclassified
 *   Examples, Algorithm 1, and its code.
 * @example
 * ```ts
 * import {martTraining} from 'lt-robust';
 *
 * const method = martTraining({lambda: 6});
 * ```
 */
export function martTraining<I extends tf.Tensor = tf.Tensor4D>(
  options: MartTrainingOptions<I> = {},
): TrainingMethod<I> {
  const defaults: Defaults<MartTrainingOptions<I>> = {
    lambda: 5,
    attack: trainingAttack<I>({epsilon: 0.031, stepSize: 0.007, startDeviation: 0.001}),
    attackMode: 'inference',
  };
  const {lambda, attack, attackMode: mode} = withDefaults(WHERE, defaults, options);
  checkNumber(WHERE, 'lambda', lambda, {min: 0});
  checkOneOf(WHERE, 'attackMode', mode, CLASSIFIER_MODES);
  const method: TrainingMethod<I> = {
    async objective(step) {
      const {x, labels} = step.batch;
      const adversarial = await attackBatch(step, attack, {mode});
      return {
        adversarial,
        loss: (student) => {
          const clean = student(x).logits;
          const {logits} = student(adversarial);
          return tf.mean<tf.Scalar>(martLoss(clean, logits, labels, {lambda}));
        },
      };
    },
  };
  return withIdentity(method, {name: WHERE, lambda, attack, attackMode: mode});
}
