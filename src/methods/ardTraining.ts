import * as tf from '@tensorflow/tfjs-core';

import type {Attack} from '../core/attack';
import {checkNumber} from '../core/checks/checkNumber';
import {checkOneOf} from '../core/checks/checkOneOf';
import {asClassifier, type Model} from '../core/classifier';
import {CLASSIFIER_MODES, type ClassifierMode} from '../core/classifierMode';
import {withIdentity} from '../core/identity';
import {type Defaults, withDefaults} from '../core/options';
import type {TrainingMethod} from '../core/trainingMethod';
import {ardLoss} from '../losses/ardLoss';
import {CLASS_REDUCTIONS, type ClassReduction} from '../losses/classReduction';
import {attackBatch, trainingAttack} from './attackBatch';
import {PASS_MODES, type PassMode} from './passes';
import {teacherLogits} from './teacherLogits';

/** Options of {@link ardTraining}. */
export interface ArdTrainingOptions<I extends tf.Tensor = tf.Tensor4D> {
  /** The trained teacher; runs in inference mode on the clean inputs, and nothing in it changes. */
  readonly teacher: Model<I>;
  /** Weight α of the teacher's soft labels in `[0, 1]`; the hard labels weigh 1-α. @defaultValue 1 */
  readonly alpha?: number | undefined;
  /** Temperature T > 0 of the soft labels. @defaultValue 30 */
  readonly temperature?: number | undefined;
  /**
   * `'sum'`: the divergence as in the paper; `'mean'`: divided by the number of classes, as the code
   * has it. @defaultValue 'sum'
   */
  readonly classReduction?: ClassReduction | undefined;
  /**
   * Makes the adversarial inputs; it ascends plain cross-entropy.
   * @defaultValue pgdAttack with L∞ 8/255, 10 steps of 2/255, a random start
   */
  readonly attack?: Attack<I> | undefined;
  /**
   * Which batch norm statistics the attack sees. In `'training'` mode, as published, each of its
   * passes moves the running ones. @defaultValue 'training'
   */
  readonly attackMode?: ClassifierMode | undefined;
  /**
   * `'shared'`: a training pass at x' and, if α < 1, at x; `'published'`: at both, whatever α is.
   * @defaultValue 'shared'
   */
  readonly passes?: PassMode | undefined;
}

const WHERE = 'ardTraining';

/**
 * Adversarially robust distillation (ARD): on adversarial inputs the student learns the robust
 * teacher's answer to the clean ones.
 *
 * | | as published |
 * | --- | --- |
 * | inner loss | cross-entropy |
 * | attack | L∞ 8/255, 10 steps of 2/255, uniform start, training mode: it moves the statistics |
 * | outer loss | {@link ardLoss}: α 1, T 30, divided by the classes (`classReduction: 'mean'`) |
 * | training passes | those of the attack, x', x: here x only if α < 1, unless `passes` is `'published'` |
 * | optimizer | SGD 0.1, momentum 0.9, weight decay 2e-4, 0.01 from epoch 100 of 200, batch 128 |
 *
 * Cost of a step: the attack, one pass of the teacher, and one or two training passes.
 *
 * @param options - See {@link ArdTrainingOptions}; `teacher` is required.
 * @returns The method, for `trainStep` and `train`.
 * @throws {@link InvalidArgumentError} if an option is out of range.
 * @see Goldblum et al. 2020, Adversarially Robust Distillation, Algorithm 1, and its code.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {layers, sequential} from '@tensorflow/tfjs-layers';
 * import {ardTraining} from 'lt-robust';
 *
 * const teacher = sequential({layers: [layers.dense({inputShape: [2], units: 2})]});
 * const method = ardTraining<tf.Tensor2D>({teacher, alpha: 0.9, temperature: 5});
 * ```
 */
export function ardTraining<I extends tf.Tensor = tf.Tensor4D>(
  options: ArdTrainingOptions<I>,
): TrainingMethod<I> {
  const defaults: Defaults<ArdTrainingOptions<I>, 'teacher'> = {
    teacher: undefined, // required: checked below
    ...{alpha: 1, temperature: 30},
    classReduction: 'sum',
    attack: trainingAttack<I>(),
    attackMode: 'training',
    passes: 'shared',
  };
  const settings = withDefaults(WHERE, defaults, options);
  const {teacher} = settings;
  const {alpha, temperature, classReduction, attack, attackMode: mode, passes} = settings;
  checkNumber(WHERE, 'alpha', alpha, {min: 0, max: 1});
  checkNumber(WHERE, 'temperature', temperature, {above: 0, float32: true});
  checkOneOf(WHERE, 'classReduction', classReduction, CLASS_REDUCTIONS);
  checkOneOf(WHERE, 'attackMode', mode, CLASSIFIER_MODES);
  checkOneOf(WHERE, 'passes', passes, PASS_MODES);
  asClassifier<I>(teacher, `${WHERE}, teacher`);
  const method: TrainingMethod<I> = {
    async objective(step) {
      const {x, labels} = step.batch;
      const adversarial = await attackBatch(step, attack, {mode});
      const target = teacherLogits(step, teacher, x, WHERE);
      const needsClean = alpha < 1 || passes === 'published';
      return {
        adversarial,
        loss: (student) => {
          const {logits} = student(adversarial);
          const clean = needsClean ? student(x).logits : undefined;
          return tf.mean<tf.Scalar>(
            ardLoss(target, {adversarial: logits, clean}, labels, {
              ...{alpha, temperature, classReduction},
            }),
          );
        },
      };
    },
  };
  return withIdentity(method, {name: WHERE, ...settings});
}
