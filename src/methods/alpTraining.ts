import * as tf from '@tensorflow/tfjs-core';

import type {Attack} from '../core/attack';
import {checkNumber} from '../core/checks/checkNumber';
import {checkOneOf} from '../core/checks/checkOneOf';
import {CLASSIFIER_MODES, type ClassifierMode} from '../core/classifierMode';
import {withIdentity} from '../core/identity';
import type {Loss} from '../core/loss';
import {type Defaults, withDefaults} from '../core/options';
import type {TrainingMethod} from '../core/trainingMethod';
import {crossEntropy} from '../losses/crossEntropy';
import {attackBatch, trainingAttack} from './attackBatch';

/** Options of {@link alpTraining}. */
export interface AlpTrainingOptions<I extends tf.Tensor = tf.Tensor4D> {
  /** Weight λ ≥ 0 of the distance between the logits of a pair. @defaultValue 0.5 */
  readonly lambda?: number | undefined;
  /**
   * What to descend on clean and adversarial inputs, one value per example; a
   * {@link balancedSoftmax} makes it a method for long-tailed data. @defaultValue crossEntropy
   */
  readonly loss?: Loss | undefined;
  /**
   * Makes the adversarial inputs, on the model in `attackMode`.
   * @defaultValue pgdAttack with L∞ 8/255, 10 steps of 2/255, a random start, no value checks
   */
  readonly attack?: Attack<I> | undefined;
  /** Which batch norm statistics the attack sees. @defaultValue 'inference' */
  readonly attackMode?: ClassifierMode | undefined;
}

const WHERE = 'alpTraining';

/**
 * Adversarial logit pairing: descends (l(f(x), y) + l(f(x'), y)) / 2 + λ mean_c (f(x)_c - f(x')_c)² on
 * inputs x' that an attack made. The pairs draw the logits of an example and its perturbed form together,
 * with gradients through both.
 *
 * The robustness that the paper claims on ImageNet did not last under stronger attacks (Engstrom et al.
 * 2018): take it as a baseline, and measure with {@link autoAttack}.
 *
 * Cost of a step: the attack and two training passes.
 *
 * @param options - See {@link AlpTrainingOptions}.
 * @returns The method, for `trainStep` and `train`.
 * @throws {@link InvalidArgumentError} if an option is out of range.
 * @see Kannan et al. 2018, Adversarial Logit Pairing, Sec. 3.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {alpTraining, pgdAttack} from 'lt-robust';
 *
 * const method = alpTraining<tf.Tensor2D>({
 *   lambda: 0.2,
 *   attack: (model, x, labels, context) =>
 *     pgdAttack(model, x, labels, {...context, epsilon: 0.1, steps: 3, checkValues: false}),
 * });
 * ```
 */
export function alpTraining<I extends tf.Tensor = tf.Tensor4D>(
  options: AlpTrainingOptions<I> = {},
): TrainingMethod<I> {
  const defaults: Defaults<AlpTrainingOptions<I>> = {
    lambda: 0.5,
    loss: crossEntropy,
    attack: trainingAttack<I>(),
    attackMode: 'inference',
  };
  const {lambda, loss, attack, attackMode: mode} = withDefaults(WHERE, defaults, options);
  checkNumber(WHERE, 'lambda', lambda, {min: 0});
  checkOneOf(WHERE, 'attackMode', mode, CLASSIFIER_MODES);
  const method: TrainingMethod<I> = {
    async objective(step) {
      const {x, labels} = step.batch;
      const adversarial = await attackBatch(step, attack, {mode});
      return {
        adversarial,
        loss: (student) => {
          const [clean, attacked] = [student(x).logits, student(adversarial).logits];
          const right = tf.mul(0.5, tf.add(loss(clean, labels), loss(attacked, labels)));
          const distance = tf.mean(tf.square(tf.sub(clean, attacked)), 1);
          return tf.mean<tf.Scalar>(tf.add(right, tf.mul(lambda, distance)));
        },
      };
    },
  };
  return withIdentity(method, {name: WHERE, lambda, loss, attack, attackMode: mode});
}
