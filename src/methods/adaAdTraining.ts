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
import {CLASS_REDUCTIONS, type ClassReduction} from '../losses/classReduction';
import {klDivergence} from '../losses/klDivergence';
import {attackBatch, trainingAttack} from './attackBatch';
import {PASS_MODES, type PassMode} from './passes';
import {teacherLogits} from './teacherLogits';

/** Options of {@link adaAdTraining}. */
export interface AdaAdTrainingOptions<I extends tf.Tensor = tf.Tensor4D> {
  /** The trained teacher; runs in inference mode, and nothing in it changes. */
  readonly teacher: Model<I>;
  /** Weight λ of the adversarial inputs in `[0, 1]`; the clean ones weigh 1-λ. @defaultValue 1 */
  readonly lambda?: number | undefined;
  /**
   * `'sum'`: the divergence as in the paper; `'mean'`: divided by the number of classes, as the code
   * has it for CIFAR-10. @defaultValue 'sum'
   */
  readonly classReduction?: ClassReduction | undefined;
  /**
   * Makes the adversarial inputs. It is handed, as the loss to ascend, the divergence from the
   * teacher at the same moving input; a closure passes it on with `...context`.
   * @defaultValue pgdAttack with L∞ 8/255, 10 steps of 2/255, from Gaussian noise of deviation 0.001
   */
  readonly attack?: Attack<I> | undefined;
  /** Which batch norm statistics the attack sees. @defaultValue 'inference' */
  readonly attackMode?: ClassifierMode | undefined;
  /**
   * `'shared'`: a training pass at x' and, if λ < 1, at x; `'published'`: at x, which moves the
   * running statistics, and then at x', whatever λ is. @defaultValue 'shared'
   */
  readonly passes?: PassMode | undefined;
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
 * | outer loss | {@link adaAdLoss}, λ 1; divided by the classes for CIFAR-10 (`classReduction: 'mean'`) |
 * | training passes | x, x': here x only if λ < 1, and after x', unless `passes` is `'published'` |
 * | optimizer | SGD 0.1, momentum 0.9, weight decay 5e-4, a tenth of the rate from epochs 100 and 150 of 200, batch 128 |
 *
 * Cost of a step: the attack, each of its passes through both networks; one or two passes of the
 * teacher and as many training passes.
 *
 * @param options - See {@link AdaAdTrainingOptions}; `teacher` is required.
 * @returns The method, for `trainStep` and `train`.
 * @throws {@link InvalidArgumentError} if an option is out of range.
 * @see Huang et al. 2023, Boosting Accuracy and Robustness of Student Models via Adaptive
 *   Adversarial Distillation, and its code.
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
    classReduction: 'sum',
    attack: trainingAttack<I>({startDeviation: 0.001}),
    attackMode: 'inference',
    passes: 'shared',
  };
  const settings = withDefaults(WHERE, defaults, options);
  const {teacher, lambda, classReduction, attack, attackMode: mode, passes} = settings;
  checkNumber(WHERE, 'lambda', lambda, {min: 0, max: 1});
  checkOneOf(WHERE, 'classReduction', classReduction, CLASS_REDUCTIONS);
  checkOneOf(WHERE, 'attackMode', mode, CLASSIFIER_MODES);
  checkOneOf(WHERE, 'passes', passes, PASS_MODES);
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
          const first = passes === 'published' ? student(x).logits : undefined;
          const {logits} = student(adversarial);
          const clean = lambda < 1 ? (first ?? student(x).logits) : undefined;
          return tf.mean<tf.Scalar>(
            adaAdLoss(target, {adversarial: logits, clean}, {lambda, classReduction}),
          );
        },
      };
    },
  };
  return withIdentity(method, {name: WHERE, ...settings});
}
