import * as tf from '@tensorflow/tfjs-core';

import type {Attack} from '../core/attack';
import {checkNumber} from '../core/checks/checkNumber';
import {checkOneOf} from '../core/checks/checkOneOf';
import {asClassifier, type Model} from '../core/classifier';
import {CLASSIFIER_MODES, type ClassifierMode} from '../core/classifierMode';
import {withIdentity} from '../core/identity';
import {type Defaults, withDefaults} from '../core/options';
import type {TrainingMethod} from '../core/trainingMethod';
import {CLASS_REDUCTIONS, type ClassReduction} from '../losses/classReduction';
import {klDivergence} from '../losses/klDivergence';
import {rsladLoss} from '../losses/rsladLoss';
import {attackBatch, trainingAttack} from './attackBatch';
import {teacherLogits} from './teacherLogits';

/** Options of {@link rsladTraining}. */
export interface RsladTrainingOptions<I extends tf.Tensor = tf.Tensor4D> {
  /** The trained teacher; runs in inference mode on the clean inputs, and nothing in it changes. */
  readonly teacher: Model<I>;
  /** Weight of the adversarial inputs in `[0, 1]`, that of the clean ones being the rest. @defaultValue 0.8333333333333334 */
  readonly weight?: number | undefined;
  /**
   * `'sum'`: the divergences as in the paper; `'mean'`: divided by the number of classes, as the
   * code has it. @defaultValue 'sum'
   */
  readonly classReduction?: ClassReduction | undefined;
  /**
   * Makes the adversarial inputs. It is handed the divergence from the teacher's clean answer as the
   * loss to ascend; a closure passes it on with `...context`.
   * @defaultValue pgdAttack with L∞ 8/255, 10 steps of 2/255, from Gaussian noise of deviation 0.001
   */
  readonly attack?: Attack<I> | undefined;
  /** Which batch norm statistics the attack sees. @defaultValue 'inference' */
  readonly attackMode?: ClassifierMode | undefined;
}

const WHERE = 'rsladTraining';

/**
 * RSLAD: the teacher's clean answer takes the place of the labels in the attack and in both terms of
 * the loss.
 *
 * | | as published |
 * | --- | --- |
 * | inner loss | KL(softmax t(x) ‖ softmax f(x')) |
 * | attack | L∞ 8/255, 10 steps of 2/255, start x + 0.001 N(0, 1), inference mode |
 * | outer loss | {@link rsladLoss}, divided by the classes (`classReduction: 'mean'`; ×10 for CIFAR-100) |
 * | training passes | x', x |
 * | optimizer | SGD 0.1, momentum 0.9, weight decay 2e-4, ×0.1 after epochs 215, 260, 285 of 300 |
 *
 * Cost of a step: one pass of the teacher, the attack and two training passes.
 *
 * @param options - See {@link RsladTrainingOptions}; `teacher` is required.
 * @returns The method, for `trainStep` and `train`.
 * @throws {@link InvalidArgumentError} if an option is out of range.
 * @see Zi et al. 2021, Revisiting Adversarial Robustness Distillation: Robust Soft Labels Make
 *   Student Better, Eq. (6), and its code.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {layers, sequential} from '@tensorflow/tfjs-layers';
 * import {rsladTraining} from 'lt-robust';
 *
 * const teacher = sequential({layers: [layers.dense({inputShape: [2], units: 2})]});
 * const method = rsladTraining<tf.Tensor2D>({teacher});
 * ```
 */
export function rsladTraining<I extends tf.Tensor = tf.Tensor4D>(
  options: RsladTrainingOptions<I>,
): TrainingMethod<I> {
  const defaults: Defaults<RsladTrainingOptions<I>, 'teacher'> = {
    teacher: undefined, // required: checked below
    weight: 0.8333333333333334,
    classReduction: 'sum',
    attack: trainingAttack<I>({startDeviation: 0.001}),
    attackMode: 'inference',
  };
  const settings = withDefaults(WHERE, defaults, options);
  const {teacher} = settings;
  const {weight, classReduction, attack, attackMode: mode} = settings;
  checkNumber(WHERE, 'weight', weight, {min: 0, max: 1});
  checkOneOf(WHERE, 'classReduction', classReduction, CLASS_REDUCTIONS);
  checkOneOf(WHERE, 'attackMode', mode, CLASSIFIER_MODES);
  asClassifier<I>(teacher, `${WHERE}, teacher`);
  const method: TrainingMethod<I> = {
    async objective(step) {
      const {x} = step.batch;
      const target = teacherLogits(step, teacher, x, WHERE);
      const adversarial = await attackBatch(step, attack, {
        mode,
        loss: (z) => klDivergence(target, z),
      });
      return {
        adversarial,
        loss: (student) => {
          const {logits} = student(adversarial);
          const both = {adversarial: logits, clean: student(x).logits};
          return tf.mean<tf.Scalar>(rsladLoss(target, both, {weight, classReduction}));
        },
      };
    },
  };
  return withIdentity(method, {name: WHERE, ...settings});
}
