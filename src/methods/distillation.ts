import * as tf from '@tensorflow/tfjs-core';

import {checkMethod} from '../core/checks/checkParts';
import {checkNumber} from '../core/checks/checkNumber';
import {checkOneOf} from '../core/checks/checkOneOf';
import {asClassifier, type Model} from '../core/classifier';
import {withIdentity} from '../core/identity';
import {withDefaults, type Defaults} from '../core/options';
import type {TrainingMethod} from '../core/trainingMethod';
import {
  DISTILLATION_SCHEDULES,
  distillationWeightAt,
  type DistillationSchedule,
} from '../losses/distillationWeight';
import {klDivergence} from '../losses/klDivergence';
import {teacherLogits} from './teacherLogits';

const INPUTS = ['adversarial', 'clean'] as const;

/** Options of {@link distillation}. */
export interface DistillationWrapperOptions<I extends tf.Tensor = tf.Tensor4D> {
  /** The trained teacher; runs in inference mode, and nothing in it changes. */
  readonly teacher: Model<I>;
  /** Weight of the divergence, at least 0. @defaultValue 1 */
  readonly weight?: number | undefined;
  /** `'constant'`: the weight as it is; `'linear'`: times e/E in epoch e of E. @defaultValue 'constant' */
  readonly schedule?: DistillationSchedule | undefined;
  /** Which input the teacher sees; the student always sees the adversarial one. @defaultValue 'adversarial' */
  readonly at?: 'adversarial' | 'clean' | undefined;
  /** Temperature > 0 of the divergence, whose value is multiplied by its square. @defaultValue 1 */
  readonly temperature?: number | undefined;
}

const DEFAULTS: Defaults<Omit<DistillationWrapperOptions, 'teacher'>> = {
  weight: 1,
  schedule: 'constant',
  at: 'adversarial',
  temperature: 1,
};

const WHERE = 'distillation';

/**
 * Adds distillation to a training method: the student's answer at the inputs that the method trains
 * on is pulled towards the teacher's, by the KL divergence from teacher to student. With
 * {@link gradientMatching} around it, it is the form of SAAD:
 * `gradientMatching(distillation(base, {teacher}), {teacher, alpha: 1})` has a constant weight of
 * the divergence and a scheduled one of the matching.
 *
 * Cost of a step beyond the method's: one forward pass of the teacher; while the weight is 0,
 * nothing. The student makes no further pass.
 *
 * @param base - Any method.
 * @param options - See {@link DistillationWrapperOptions}; `teacher` is required.
 * @returns The method with the divergence.
 * @throws {@link InvalidArgumentError} if an option is out of range.
 * @see Goldblum et al. 2020, Adversarially Robust Distillation (the teacher at the clean input); Zi
 *   et al. 2021 (RSLAD).
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {layers, sequential} from '@tensorflow/tfjs-layers';
 * import {atBslTraining, distillation} from 'lt-robust';
 *
 * const teacher = sequential({layers: [layers.dense({inputShape: [2], units: 2})]});
 * const atBsl = atBslTraining<tf.Tensor2D>({classCounts: [50, 5]});
 * const method = distillation(atBsl, {teacher, weight: 3, at: 'adversarial'});
 * ```
 */
export function distillation<I extends tf.Tensor>(
  base: TrainingMethod<I>,
  options: DistillationWrapperOptions<I>,
): TrainingMethod<I> {
  checkMethod(WHERE, 'base', base);
  const defaults: Defaults<DistillationWrapperOptions<I>, 'teacher'> = {
    ...DEFAULTS,
    teacher: undefined,
  };
  const settings = withDefaults(WHERE, defaults, options);
  const {teacher} = settings; // required: checked below
  const {weight, schedule, at, temperature} = settings;
  checkNumber(WHERE, 'weight', weight, {min: 0});
  checkOneOf(WHERE, 'schedule', schedule, DISTILLATION_SCHEDULES);
  checkOneOf(WHERE, 'at', at, INPUTS);
  checkNumber(WHERE, 'temperature', temperature, {above: 0, float32: true});
  asClassifier<I>(teacher, `${WHERE}, teacher`);
  const method: TrainingMethod<I> = {
    ...base,
    async objective(step) {
      const inner = await base.objective(step);
      const current = distillationWeightAt(weight, step, schedule);
      if (current === 0) return inner;
      const {adversarial} = inner;
      const target = teacherLogits(
        step,
        teacher,
        at === 'clean' ? step.batch.x : adversarial,
        WHERE,
      );
      return {
        ...inner,
        loss: (student) => {
          const value = inner.loss(student);
          const divergence = klDivergence(target, student(adversarial).logits, {temperature});
          return tf.add<tf.Scalar>(value, tf.mean(tf.mul(current, divergence)));
        },
      };
    },
  };
  return withIdentity(method, {name: WHERE, base, ...settings});
}
