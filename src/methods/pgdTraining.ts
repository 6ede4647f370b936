import * as tf from '@tensorflow/tfjs-core';

import type {Attack} from '../core/attack';
import {checkOneOf} from '../core/checks/checkOneOf';
import {CLASSIFIER_MODES, type ClassifierMode} from '../core/classifierMode';
import {withIdentity} from '../core/identity';
import type {Loss} from '../core/loss';
import {withDefaults, type Defaults} from '../core/options';
import {crossEntropy} from '../losses/crossEntropy';
import {attackBatch, trainingAttack} from './attackBatch';
import type {TrainingMethod} from '../core/trainingMethod';

/** Options of {@link pgdTraining}. */
export interface PgdTrainingOptions<I extends tf.Tensor = tf.Tensor4D> {
  /**
   * Makes the adversarial inputs, on the model in `attackMode`. A closure sets it up: `(model, x,
   * labels, context) => pgdAttack(model, x, labels, {...context, steps: 5, checkValues: false})`.
   * @defaultValue pgdAttack with L∞ 8/255, 10 steps of 2/255, a random start, no value checks
   */
  readonly attack?: Attack<I> | undefined;
  /** What to descend on them, one value per example. @defaultValue crossEntropy */
  readonly loss?: Loss | undefined;
  /**
   * Which batch norm statistics the attack sees: the running ones (`'inference'`), those of the batch
   * (`'batch-statistics'`), or those of the batch while every pass moves the running ones
   * (`'training'`). @defaultValue 'inference'
   */
  readonly attackMode?: ClassifierMode | undefined;
}

/**
 * PGD adversarial training: descend the loss on inputs that an attack made against the model as it
 * is. With a {@link balancedSoftmax} as the loss it is AT-BSL.
 *
 * Cost of a step: the attack (10 forward and backward passes to the input) and one training pass.
 *
 * @param options - See {@link PgdTrainingOptions}.
 * @returns The method, for `trainStep` and `train`.
 * @throws {@link InvalidArgumentError} on an unknown option.
 * @see Madry et al. 2018, Towards Deep Learning Models Resistant to Adversarial Attacks, Sec. 2.1.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {pgdAttack, pgdTraining} from 'lt-robust';
 *
 * const method = pgdTraining<tf.Tensor2D>({
 *   attack: (model, x, labels, context) =>
 *     pgdAttack(model, x, labels, {...context, epsilon: 0.1, steps: 3, checkValues: false}),
 * });
 * ```
 */
export function pgdTraining<I extends tf.Tensor = tf.Tensor4D>(
  options: PgdTrainingOptions<I> = {},
): TrainingMethod<I> {
  const defaults: Defaults<PgdTrainingOptions<I>> = {
    attack: trainingAttack<I>(),
    loss: crossEntropy,
    attackMode: 'inference',
  };
  const {attack, loss, attackMode} = withDefaults('pgdTraining', defaults, options);
  checkOneOf('pgdTraining', 'attackMode', attackMode, CLASSIFIER_MODES);
  const method: TrainingMethod<I> = {
    async objective(step) {
      const adversarial = await attackBatch(step, attack, {mode: attackMode});
      const {labels} = step.batch;
      return {
        adversarial,
        loss: (student) => tf.mean<tf.Scalar>(loss(student(adversarial).logits, labels)),
      };
    },
  };
  return withIdentity(method, {name: 'pgdTraining', attack, attackMode, loss});
}
