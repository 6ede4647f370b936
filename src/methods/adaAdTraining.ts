import * as tf from '@tensorflow/tfjs-core';

import type {Attack} from '../core/attack';
import {checkNumber} from '../core/checks/checkNumber';
import {checkOneOf} from '../core/checks/checkOneOf';
import {asClassifier, type Model} from '../core/classifier';
import {CLASSIFIER_MODES, type ClassifierMode} from '../core/classifierMode';
import {withIdentity} from '../core/identity';
import {type Defaults, withDefaults} from '../core/options';
import type {TrainingMethod} from '../core/trainingMethod';
import {adaAdLoss} from '../losses/adaAdLoss';
import {klDivergence} from '../losses/klDivergence';
import {attackBatch, trainingAttack} from './attackBatch';
import {teacherLogits} from './teacherLogits';

/** Options of {@link adaAdTraining}. */
export interface AdaAdTrainingOptions<I extends tf.Tensor = tf.Tensor4D> {
  /** The trained teacher; runs in inference mode, and nothing in it changes. */
  readonly teacher: Model<I>;
  /** Weight λ of the adversarial inputs in `[0, 1]`; the clean ones weigh 1-λ. @defaultValue 1 */
  readonly lambda?: number | undefined;
  /**
   * Makes the adversarial inputs. It is handed, as the loss to ascend, the divergence from the
   * teacher at the same moving input; a closure passes it on with `...context`.
   * @defaultValue pgdAttack with L∞ 8/255, 10 steps of 2/255, from Gaussian noise of deviation 0.001
   */
  readonly attack?: Attack<I> | undefined;
  /** Which batch norm statistics the attack sees. @defaultValue 'inference' */
  readonly attackMode?: ClassifierMode | undefined;
}

const WHERE = 'adaAdTraining';

/**
 * AdaAD: the attack looks for inputs at which student and teacher differ most, differentiating
 * through both, and there the student learns the teacher's answer.
 *
 * | | as published |
 * | --- | --- |
 * | inner loss | KL(softmax t(x') ‖ softmax f(x')), gradients through both networks |
 * | attack | L∞ 8/255, 10 steps of 2/255, start x + 0.001 N(0, 1), inference mode |
 * | outer loss | {@link adaAdLoss}, λ 1 |
 * | training passes | x', and x if λ < 1 |
 *
 * Cost of a step: the attack, each of its passes through both networks; one or two passes of the
 * teacher and as many training passes.
 *
 * @param options - See {@link AdaAdTrainingOptions}; `teacher` is required.
 * @returns The method, for `trainStep` and `train`.
 * @throws {@link InvalidArgumentError} if an option is out of range.
 * @see Huang et al. 2023, Boosting Accuracy and Robustness of Student Models via Adaptive
 *   Adversarial Distillation.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {layers, sequential} from '@tensorflow/tfjs-layers';
 * import {adaAdTraining} from 'lt-robust';
 *
 * const teacher = sequential({layers: [layers.dense({inputShape: [2], units: 2})]});
 * const method = adaAdTraining<tf.Tensor2D>({teacher});
 * ```
 */
export function adaAdTraining<I extends tf.Tensor = tf.Tensor4D>(
  options: AdaAdTrainingOptions<I>,
): TrainingMethod<I> {
  const defaults: Defaults<AdaAdTrainingOptions<I>, 'teacher'> = {
    teacher: undefined, // required: checked below
    lambda: 1,
    attack: trainingAttack<I>({startDeviation: 0.001}),
    attackMode: 'inference',
  };
  const {teacher, lambda, attack, attackMode: mode} = withDefaults(WHERE, defaults, options);
  checkNumber(WHERE, 'lambda', lambda, {min: 0, max: 1});
  checkOneOf(WHERE, 'attackMode', mode, CLASSIFIER_MODES);
  const classify = asClassifier<I>(teacher, `${WHERE}, teacher`);
  const method: TrainingMethod<I> = {
    async objective(step) {
      const {x} = step.batch;
      const adversarial = await attackBatch(step, attack, {
        mode,
        loss: {atInput: (input) => (z) => klDivergence(classify(input as I), z)},
      });
      const target = {
        adversarial: teacherLogits(step, teacher, adversarial, WHERE),
        clean: lambda < 1 ? teacherLogits(step, teacher, x, WHERE) : undefined,
      };
      return {
        adversarial,
        loss: (student) => {
          const {logits} = student(adversarial);
          const clean = lambda < 1 ? student(x).logits : undefined;
          return tf.mean<tf.Scalar>(adaAdLoss(target, {adversarial: logits, clean}, {lambda}));
        },
      };
    },
  };
  return withIdentity(method, {name: WHERE, teacher, lambda, attack, attackMode: mode});
}
