import * as tf from '@tensorflow/tfjs-core';

import type {Attack} from '../core/attack';
import {checkNumber} from '../core/checks/checkNumber';
import {checkOneOf} from '../core/checks/checkOneOf';
import {checkClassCounts} from '../core/checks/checkTensors';
import {asClassifier, type Model} from '../core/classifier';
import {withDefaults} from '../core/options';
import {distillationWeight, type DistillationSchedule} from '../losses/distillationWeight';
import {gradientMatchingLoss, type GradientDistance} from '../losses/gradientMatchingLoss';
import {selfDistillationLoss, type DistillationKind} from '../losses/selfDistillationLoss';
import {attackBatch, trainingAttack} from './attackBatch';
import type {StepContext, TrainingMethod} from '../core/trainingMethod';

/** What {@link selfDistillationTraining} distils and how strongly. */
export interface DistillationOptions {
  /**
   * The distillation term L_KD. `'igdm'`: indirect gradient matching; `'kl-adv'`: KL divergence
   * between teacher and student at the adversarial input; `'kl-clean-teacher'`: the same with the
   * teacher at the clean input; `'igdm+kl-adv'`: both; `'none'`: AT-BSL, no teacher.
   * @defaultValue 'igdm'
   */
  readonly kd?: DistillationKind | undefined;
  /**
   * α ≥ 0, the weight of L_KD; 0 gives AT-BSL, step for step.
   * @defaultValue 60 with 'igdm' (IGDM's for CIFAR-10; it has 100 for CIFAR-100, 30 for
   *   Tiny-ImageNet), 1 with the others
   */
  readonly alpha?: number | undefined;
  /** `'linear'`: α e/E in epoch e of E; `'constant'`: α. @defaultValue 'linear' */
  readonly alphaSchedule?: DistillationSchedule | undefined;
  /** Temperature > 0 of the KL terms, whose value is multiplied by its square. @defaultValue 1 */
  readonly temperature?: number | undefined;
  /** `'bsl'`: balanced softmax; `'ce'`: cross-entropy. @defaultValue 'bsl' */
  readonly hardLoss?: 'bsl' | 'ce' | undefined;
  /** τ ≥ 0 of the balanced softmax. @defaultValue 1 */
  readonly tau?: number | undefined;
  /** Distance of the gradient matching. @defaultValue 'kl' */
  readonly igdmDistance?: GradientDistance | undefined;
  /** The matching looks at `x + βδ`; other than 1 costs a pass more of each model. @defaultValue 1 */
  readonly igdmBeta?: number | undefined;
  /** ... and at `x − γδ`. @defaultValue 1 */
  readonly igdmGamma?: number | undefined;
  /**
   * Range to clip `x − γδ` to, or `null`: IGDM's code leaves it as it is. @defaultValue null
   */
  readonly igdmClip?: readonly [min: number, max: number] | null | undefined;
  /**
   * Run a training pass on the clean inputs too, which only moves the running statistics, as IGDM's
   * code does. @defaultValue false
   */
  readonly extraCleanForward?: boolean | undefined;
}

/** Options of {@link selfDistillationTraining}. */
export interface SelfDistillationTrainingOptions<
  I extends tf.Tensor = tf.Tensor4D,
> extends DistillationOptions {
  /** The trained teacher; runs in inference mode, and nothing in it changes. */
  readonly teacher: Model<I>;
  /** Examples of each class in the student's training set, n_i ≥ 1 (not the teacher's). */
  readonly classCounts: ArrayLike<number>;
  /**
   * Makes the adversarial inputs against the student in inference mode.
   * @defaultValue pgdAttack with L∞ 8/255, 10 steps of 2/255, a random start, no value checks
   */
  readonly attack?: Attack<I> | undefined;
}

/**
 * What a step of {@link selfDistillationTraining} takes as constant: the inputs `adversarial`
 * (x + δ), `plus` (x + βδ, where β is not 1) and `minus` (x − γδ), and the teacher's logits at these
 * and at `x` (`teacherClean`), as far as the loss needs them.
 */
export type SelfDistillationTensors<I extends tf.Tensor = tf.Tensor4D> = Record<'adversarial', I> &
  Partial<Record<'plus' | 'minus', I>> &
  Partial<
    Record<'teacherAdversarial' | 'teacherPlus' | 'teacherMinus' | 'teacherClean', tf.Tensor2D>
  >;

/** @internal */
export const DISTILLATION_DEFAULTS = {
  kd: 'igdm' as DistillationKind,
  alpha: undefined as number | undefined,
  alphaSchedule: 'linear' as DistillationSchedule,
  temperature: 1,
  hardLoss: 'bsl' as 'bsl' | 'ce',
  tau: 1,
  igdmDistance: 'kl' as GradientDistance,
  igdmBeta: 1,
  igdmGamma: 1,
  igdmClip: null as readonly [min: number, max: number] | null,
  extraCleanForward: false,
};

const WHERE = 'selfDistillationTraining';

// L_KD apart from the gradient matching, which may look at another input than the hard loss.
const KL_TERM = {
  igdm: 'none',
  'kl-adv': 'kl-adv',
  'kl-clean-teacher': 'kl-clean-teacher',
  'igdm+kl-adv': 'kl-adv',
  none: 'none',
} as const;

/**
 * The student's stage of the paper's method: AT-BSL plus distillation from a balanced self-teacher,
 * L = L_BSL(f_S(x + δ), y) + T(α, e) L_KD. `trainSelfDistilled` runs both stages.
 *
 * Cost of a step beyond AT-BSL: with `'igdm'` one training pass of the student (at `x − δ`) and two
 * forward passes of the teacher; while the weight of L_KD is 0, nothing.
 *
 * Running statistics are moved by the passes at `x + δ`, then `x + βδ` (if β ≠ 1), then `x` (with
 * `extraCleanForward`), then `x − γδ`.
 *
 * @param options - See {@link SelfDistillationTrainingOptions}; `teacher` and `classCounts` are
 *   required.
 * @returns The method, for `trainStep` and `train`.
 * @throws {@link InvalidArgumentError} if a class is empty or an option is out of range.
 * @see Long-tailed Adversarial Training with Self-Distillation, Sec. 4.2 and Algorithm 1, whose
 *   text leaves L_KD, α and τ open; Lee, Cho & Kim 2025, Indirect Gradient Matching for Adversarial
 *   Robust Distillation, Eq. (8), (9), our reading of L_KD.
 * @example
 * ```ts
 * const teacher = tf.sequential({layers: [tf.layers.dense({inputShape: [2], units: 2})]});
 * const method = selfDistillationTraining<tf.Tensor2D>({teacher, classCounts: [50, 5]});
 * ```
 */
export function selfDistillationTraining<I extends tf.Tensor = tf.Tensor4D>(
  options: SelfDistillationTrainingOptions<I>,
): TrainingMethod<I, SelfDistillationTensors<I>> {
  const defaults = {
    ...DISTILLATION_DEFAULTS,
    classCounts: [] as ArrayLike<number>,
    attack: trainingAttack<I>(),
  };
  const {teacher: givenTeacher, ...optional} = options;
  const settings = withDefaults(WHERE, defaults, optional);
  const {kd, alphaSchedule, temperature, hardLoss, tau, classCounts, attack} = settings;
  const {igdmDistance, igdmBeta, igdmGamma, igdmClip, extraCleanForward} = settings;
  const {alpha = kd === 'igdm' ? 60 : 1} = settings;
  checkOneOf(WHERE, 'kd', kd, ['igdm', 'kl-adv', 'kl-clean-teacher', 'igdm+kl-adv', 'none']);
  checkOneOf(WHERE, 'alphaSchedule', alphaSchedule, ['linear', 'constant']);
  checkOneOf(WHERE, 'hardLoss', hardLoss, ['bsl', 'ce']);
  checkOneOf(WHERE, 'igdmDistance', igdmDistance, ['kl', 'l2', 'l1']);
  checkNumber(WHERE, 'alpha', alpha, {min: 0});
  checkNumber(WHERE, 'temperature', temperature, {above: 0});
  checkNumber(WHERE, 'tau', tau, {min: 0});
  checkNumber(WHERE, 'igdmBeta', igdmBeta, {above: 0});
  checkNumber(WHERE, 'igdmGamma', igdmGamma, {min: 0});
  checkClassCounts(WHERE, classCounts);
  const teacher = asClassifier<I>(givenTeacher, `${WHERE}, teacher`);
  const matchesGradients = kd === 'igdm' || kd === 'igdm+kl-adv';

  // T(α, e)
  const weightAt = ({epoch, epochs}: StepContext): number =>
    kd === 'none' ? 0 : distillationWeight(alpha, epoch, epochs, alphaSchedule);

  function teach(x: I, adversarial: I): SelfDistillationTensors<I> {
    const made: SelfDistillationTensors<I> = {adversarial};
    if (kd === 'kl-clean-teacher') made.teacherClean = teacher(x);
    if (kd === 'kl-adv' || kd === 'igdm+kl-adv') made.teacherAdversarial = teacher(adversarial);
    if (matchesGradients) {
      const delta = tf.sub<I>(adversarial, x);
      const minus = tf.sub<I>(x, tf.mul(igdmGamma, delta));
      made.minus = igdmClip === null ? minus : tf.clipByValue(minus, igdmClip[0], igdmClip[1]);
      if (igdmBeta !== 1) made.plus = tf.add<I>(x, tf.mul(igdmBeta, delta));
      made.teacherPlus = teacher(made.plus ?? adversarial);
      made.teacherMinus = teacher(made.minus);
    }
    return made;
  }

  return {
    async prepare(model, batch, context) {
      const adversarial = await attackBatch(attack, model, batch, context);
      if (weightAt(context) === 0) return {adversarial};
      try {
        return tf.tidy(() => teach(batch.x, adversarial));
      } catch (error) {
        adversarial.dispose();
        throw error;
      }
    },

    loss(model, {x, labels}, prepared, context) {
      const {adversarial, plus, minus} = prepared;
      const logits = model(adversarial);
      const plusLogits = plus === undefined ? logits : model(plus);
      if (extraCleanForward) model(x);
      const weight = weightAt(context);
      const target = {plus: prepared.teacherAdversarial, clean: prepared.teacherClean};
      const base = selfDistillationLoss({plus: logits}, target, labels, classCounts, {
        kd: KL_TERM[kd],
        ...{weight, temperature, hardLoss, tau},
      });
      const {teacherPlus, teacherMinus} = prepared;
      if (minus === undefined || teacherPlus === undefined || teacherMinus === undefined) {
        return tf.mean<tf.Scalar>(base);
      }
      const matching = gradientMatchingLoss(
        {plus: plusLogits, minus: model(minus)},
        {plus: teacherPlus, minus: teacherMinus},
        {distance: igdmDistance},
      );
      return tf.add<tf.Scalar>(tf.mean(base), tf.mul(weight, tf.mean(matching)));
    },
  };
}
