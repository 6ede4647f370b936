import * as tf from '@tensorflow/tfjs-core';

import type {Attack} from '../core/attack';
import {checkNumber} from '../core/checks/checkNumber';
import {checkOneOf} from '../core/checks/checkOneOf';
import {CLASSIFIER_MODES, type ClassifierMode} from '../core/classifierMode';
import type {Loss} from '../core/loss';
import {withIdentity} from '../core/identity';
import {type Defaults, withDefaults} from '../core/options';
import type {TrainingMethod} from '../core/trainingMethod';
import {crossEntropy} from '../losses/crossEntropy';
import {klDivergence} from '../losses/klDivergence';
import {logitsAt} from '../math/logitsAt';
import {attackBatch, trainingAttack} from './attackBatch';
import {PASS_MODES, type PassMode} from './passes';

/** Options of {@link tradesTraining}. */
export interface TradesTrainingOptions<I extends tf.Tensor = tf.Tensor4D> {
  /** Weight β ≥ 0 of the divergence. @defaultValue 6 */
  readonly beta?: number | undefined;
  /**
   * What to descend on the clean inputs, one value per example; a {@link balancedSoftmax} makes it
   * TRADES for long-tailed data. @defaultValue crossEntropy
   */
  readonly loss?: Loss | undefined;
  /**
   * Makes the adversarial inputs. It is handed the divergence from the clean answer as the loss to
   * ascend; a closure passes it on with `...context`.
   * @defaultValue pgdAttack with L∞ 0.031, 10 steps of 0.007, from Gaussian noise of deviation 0.001
   */
  readonly attack?: Attack<I> | undefined;
  /** Which batch norm statistics the attack sees. @defaultValue 'inference' */
  readonly attackMode?: ClassifierMode | undefined;
  /**
   * `'shared'`: training passes at x and x'; `'published'`: at x, x' and x again, the last one as
   * the target of the divergence. @defaultValue 'shared'
   */
  readonly passes?: PassMode | undefined;
}

const WHERE = 'tradesTraining';

/**
 * TRADES: descends CE(f(x), y) + β KL(softmax f(x) ‖ softmax f(x')) on inputs x' that an attack made
 * to answer otherwise than the clean ones.
 *
 * | | as published |
 * | --- | --- |
 * | inner loss | KL(softmax f(x) ‖ softmax f(x')), the clean answer constant |
 * | attack | L∞ 0.031, 10 steps of 0.007, start x + 0.001 N(0, 1), inference mode |
 * | outer loss | cross-entropy and 6 times the divergence, gradients through both |
 * | training passes | x, x', x: here x, x' unless `passes` is `'published'` |
 * | optimizer | SGD 0.1, momentum 0.9, weight decay 2e-4, ×0.1 at epoch 75 of 76, batch 128 |
 *
 * Cost of a step: one inference pass, the attack and two training passes.
 *
 * @param options - See {@link TradesTrainingOptions}.
 * @returns The method, for `trainStep` and `train`.
 * @throws {@link InvalidArgumentError} if an option is out of range.
 * @see Zhang et al. 2019, Theoretically Principled Trade-off between Robustness and Accuracy,
 *   Algorithm 1, and its code.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {pgdAttack, tradesTraining} from 'lt-robust';
 *
 * const method = tradesTraining<tf.Tensor2D>({
 *   attack: (model, x, labels, context) =>
 *     pgdAttack(model, x, labels, {...context, epsilon: 0.1, steps: 3, checkValues: false}),
 * });
 * ```
 */
export function tradesTraining<I extends tf.Tensor = tf.Tensor4D>(
  options: TradesTrainingOptions<I> = {},
): TrainingMethod<I> {
  const defaults: Defaults<TradesTrainingOptions<I>> = {
    beta: 6,
    loss: crossEntropy,
    attack: trainingAttack<I>({epsilon: 0.031, stepSize: 0.007, startDeviation: 0.001}),
    attackMode: 'inference',
    passes: 'shared',
  };
  const {beta, loss, attack, attackMode: mode, passes} = withDefaults(WHERE, defaults, options);
  checkNumber(WHERE, 'beta', beta, {min: 0});
  checkOneOf(WHERE, 'attackMode', mode, CLASSIFIER_MODES);
  checkOneOf(WHERE, 'passes', passes, PASS_MODES);
  const method: TrainingMethod<I> = {
    async objective(step) {
      const {x, labels} = step.batch;
      const answer = step.own(logitsAt(WHERE, step.model.inference, x));
      const adversarial = await attackBatch(step, attack, {
        mode,
        loss: (z) => klDivergence(answer, z),
      });
      const again = passes === 'published' ? step.own(tf.clone(x)) : x;
      return {
        adversarial,
        loss: (student) => {
          const right = loss(student(x).logits, labels);
          const {logits} = student(adversarial);
          const divergence = klDivergence(student(again).logits, logits);
          return tf.mean<tf.Scalar>(tf.add(right, tf.mul(beta, divergence)));
        },
      };
    },
  };
  return withIdentity(method, {name: WHERE, beta, loss, attack, attackMode: mode, passes});
}
