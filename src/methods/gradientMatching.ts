import * as tf from '@tensorflow/tfjs-core';

import {checkClip} from '../core/threatModel';
import {checkMethod} from '../core/checks/checkParts';
import {checkNumber} from '../core/checks/checkNumber';
import {checkOneOf} from '../core/checks/checkOneOf';
import {asClassifier, type Model} from '../core/classifier';
import {withIdentity} from '../core/identity';
import {withDefaults, type Defaults} from '../core/options';
import type {Student, TrainingMethod} from '../core/trainingMethod';
import {
  DISTILLATION_SCHEDULES,
  distillationWeightAt,
  type DistillationSchedule,
} from '../losses/distillationWeight';
import {
  GRADIENT_DISTANCES,
  gradientMatchingLoss,
  type GradientDistance,
} from '../losses/gradientMatchingLoss';
import {teacherLogits} from './teacherLogits';

/** Options of {@link gradientMatching}. */
export interface GradientMatchingOptions<I extends tf.Tensor = tf.Tensor4D> {
  /** The trained teacher; runs in inference mode, and nothing in it changes. */
  readonly teacher: Model<I>;
  /**
   * α ≥ 0, the weight of the matching. IGDM has 60 for CIFAR-10, 100 for CIFAR-100, 30 for
   * Tiny-ImageNet; beside a KL term the same authors have 1 and 10. @defaultValue 60
   */
  readonly alpha?: number | undefined;
  /** `'linear'`: α e/E in epoch e of E; `'constant'`: α. @defaultValue 'linear' */
  readonly schedule?: DistillationSchedule | undefined;
  /** Distance of the two changes of the logits. @defaultValue 'kl' */
  readonly distance?: GradientDistance | undefined;
  /**
   * β: the matching looks at `x + βδ`; a value other than 1 costs one more pass of each model.
   * @defaultValue 1
   */
  readonly beta?: number | undefined;
  /** γ: the matching looks at `x − γδ`. @defaultValue 1 */
  readonly gamma?: number | undefined;
  /** Range to clip `x − γδ` to, or `null`: IGDM's code leaves it as it is. @defaultValue null */
  readonly clip?: readonly [min: number, max: number] | null | undefined;
  /**
   * Run a training pass on the clean inputs too, which only moves the running statistics, as IGDM's
   * code does. @defaultValue false
   */
  readonly extraCleanForward?: boolean | undefined;
}

const DEFAULTS: Defaults<Omit<GradientMatchingOptions, 'teacher'>> = {
  alpha: 60,
  schedule: 'linear',
  distance: 'kl',
  beta: 1,
  gamma: 1,
  clip: null,
  extraCleanForward: false,
};

const WHERE = 'gradientMatching';

/**
 * Adds indirect gradient matching (IGDM) to a training method: the change of the student's logits
 * from `x − δ` to `x + δ` is pulled towards the teacher's, where δ is the perturbation that the
 * method trains on. Around AT-BSL with a balanced teacher it is the paper's student.
 *
 * Cost of a step beyond the method's: one training pass of the student (at `x − δ`) and two forward
 * passes of the teacher; while the weight is 0, nothing. Passes at inputs that the method, or another
 * wrapper, asks for are shared. Running statistics are moved by the method's passes, then by those at
 * `x + βδ` (if β ≠ 1), at `x` (with `extraCleanForward`) and at `x − γδ`.
 *
 * @param base - Any method.
 * @param options - See {@link GradientMatchingOptions}; `teacher` is required.
 * @returns The method with the matching.
 * @throws {@link InvalidArgumentError} if an option is out of range.
 * @see Lee, Cho & Kim 2025, Indirect Gradient Matching for Adversarial Robust Distillation,
 *   Eq. (8), (9) and App. C, whose code has 200 in the place of E.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {layers, sequential} from '@tensorflow/tfjs-layers';
 * import {atBslTraining, gradientMatching} from 'lt-robust';
 *
 * const teacher = sequential({layers: [layers.dense({inputShape: [2], units: 2})]});
 * const atBsl = atBslTraining<tf.Tensor2D>({classCounts: [50, 5]});
 * const method = gradientMatching(atBsl, {teacher, alpha: 60});
 * ```
 */
export function gradientMatching<I extends tf.Tensor>(
  base: TrainingMethod<I>,
  options: GradientMatchingOptions<I>,
): TrainingMethod<I> {
  checkMethod(WHERE, 'base', base);
  const defaults: Defaults<GradientMatchingOptions<I>, 'teacher'> = {
    ...DEFAULTS,
    teacher: undefined,
  };
  const settings = withDefaults(WHERE, defaults, options);
  const {teacher} = settings; // required: checked below
  const {alpha, schedule, distance, beta, gamma, clip, extraCleanForward} = settings;
  checkClip(WHERE, 'clip', clip);
  checkNumber(WHERE, 'alpha', alpha, {min: 0});
  checkOneOf(WHERE, 'schedule', schedule, DISTILLATION_SCHEDULES);
  checkOneOf(WHERE, 'distance', distance, GRADIENT_DISTANCES);
  checkNumber(WHERE, 'beta', beta, {above: 0});
  checkNumber(WHERE, 'gamma', gamma, {min: 0});
  asClassifier<I>(teacher, `${WHERE}, teacher`);

  const method: TrainingMethod<I> = {
    ...base,
    async objective(step) {
      const inner = await base.objective(step);
      const weight = distillationWeightAt(alpha, step, schedule);
      const {x} = step.batch;
      const {adversarial} = inner;
      if (weight === 0) {
        return extraCleanForward ? {...inner, loss: withPassAt(x, inner.loss)} : inner;
      }
      const delta = step.own(tf.sub<I>(adversarial, x));
      const plus = beta === 1 ? adversarial : step.own(along(x, beta, delta));
      const minus = step.own(tf.tidy(() => clipped(along(x, -gamma, delta))));
      const target = {
        plus: teacherLogits(step, teacher, plus, WHERE),
        minus: teacherLogits(step, teacher, minus, WHERE),
      };
      return {
        ...inner,
        loss: (student) => {
          const value = inner.loss(student);
          const {logits} = student(plus);
          if (extraCleanForward) student(x);
          const difference = {plus: logits, minus: student(minus).logits};
          const matching = gradientMatchingLoss(difference, target, {distance});
          return tf.add<tf.Scalar>(value, tf.mul(weight, tf.mean(matching)));
        },
      };
    },
  };
  return withIdentity(method, {name: WHERE, base, ...settings});

  function clipped(input: I): I {
    return clip === null ? input : tf.clipByValue(input, clip[0], clip[1]);
  }
}

// x + cδ; a subtraction where c is negative, which the published code has.
const along = <I extends tf.Tensor>(x: I, c: number, delta: I): I =>
  tf.tidy(() => (c < 0 ? tf.sub<I>(x, tf.mul(-c, delta)) : tf.add<I>(x, tf.mul(c, delta))));

/**
 * A loss with a training pass at `x` behind it, which only moves the running statistics.
 *
 * @internal
 */
export const withPassAt =
  <I extends tf.Tensor>(x: I, loss: (student: Student<I>) => tf.Scalar) =>
  (student: Student<I>): tf.Scalar => {
    const value = loss(student);
    student(x);
    return value;
  };
