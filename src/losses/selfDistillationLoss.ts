import * as tf from '@tensorflow/tfjs-core';

import {checkSides} from './checkSides';
import {checkNumber} from '../core/checks/checkNumber';
import {checkOneOf} from '../core/checks/checkOneOf';
import {checkClassCounts, checkSameShape} from '../core/checks/checkTensors';
import {InvalidArgumentError} from '../core/errors';
import {type Defaults, withDefaults} from '../core/options';
import {balancedSoftmax} from './balancedSoftmax';
import {crossEntropy} from './crossEntropy';
import {
  GRADIENT_DISTANCES,
  gradientMatchingLoss,
  type GradientDistance,
} from './gradientMatchingLoss';
import {klDivergence} from './klDivergence';
import {checkTargets, type Targets} from './targets';

/** @internal */
export const DISTILLATION_KINDS = [
  'igdm',
  'kl-adv',
  'kl-clean-teacher',
  'igdm+kl-adv',
  'none',
] as const;
const HARD_LOSSES = ['bsl', 'ce'] as const;

/** What a student learns from its teacher; see {@link SelfDistillationLossOptions}. */
export type DistillationKind = (typeof DISTILLATION_KINDS)[number];

/** What the student gives to {@link selfDistillationLoss}, each `[batch, classes]` float32. */
export interface StudentLogits {
  /** At the adversarial input `x + δ`. */
  readonly plus: tf.Tensor2D;
  /** At `x - δ`; for `'igdm'`. */
  readonly minus?: tf.Tensor2D | undefined;
}

/** What the teacher gives to {@link selfDistillationLoss}, each `[batch, classes]` float32. */
export interface TeacherLogits {
  /** At the student's adversarial input `x + δ`; for `'igdm'` and `'kl-adv'`. */
  readonly plus?: tf.Tensor2D | undefined;
  /** At `x - δ`; for `'igdm'`. */
  readonly minus?: tf.Tensor2D | undefined;
  /** At the clean input `x`; for `'kl-clean-teacher'`. */
  readonly clean?: tf.Tensor2D | undefined;
}

/** Options of {@link selfDistillationLoss}. */
export interface SelfDistillationLossOptions {
  /**
   * The term L_KD. `'igdm'`: {@link gradientMatchingLoss}; `'kl-adv'`: {@link klDivergence} between
   * teacher and student at `x + δ`; `'kl-clean-teacher'`: the same with the teacher at `x`;
   * `'igdm+kl-adv'`: the sum of the first two; `'none'`: no teacher, which is AT-BSL.
   * @defaultValue 'igdm'
   */
  readonly kd?: DistillationKind | undefined;
  /**
   * Factor of L_KD, T(α, e) ≥ 0 of this epoch: see {@link distillationWeight}. At 0 the term is not
   * computed, and neither the teacher nor `student.minus` is needed. @defaultValue 1
   */
  readonly weight?: number | undefined;
  /** Temperature > 0 of the KL terms, whose value is multiplied by its square. @defaultValue 1 */
  readonly temperature?: number | undefined;
  /** `'bsl'`: {@link balancedSoftmax}; `'ce'`: {@link crossEntropy}. @defaultValue 'bsl' */
  readonly hardLoss?: (typeof HARD_LOSSES)[number] | undefined;
  /** τ ≥ 0 of the balanced softmax. @defaultValue 1 */
  readonly tau?: number | undefined;
  /** Distance of the gradient matching. @defaultValue 'kl' */
  readonly igdmDistance?: GradientDistance | undefined;
}

const DEFAULTS: Defaults<SelfDistillationLossOptions> = {
  kd: 'igdm',
  weight: 1,
  temperature: 1,
  hardLoss: 'bsl',
  tau: 1,
  igdmDistance: 'kl',
};

const WHERE = 'selfDistillationLoss';

/**
 * What the student of the paper minimises, L = L_BSL(f_S(x + δ), y) + T(α, e) L_KD: the balanced
 * softmax on its adversarial input, and the distillation from its balanced self-teacher.
 *
 * @param student - Logits of the student; gradients flow to all that are used.
 * @param teacher - Logits of the teacher, constants; only those that `kd` uses are needed.
 * @param labels - `[batch]` int32 in `[0, classes)`, or weights `[batch, classes]`.
 * @param classCounts - Examples of each class in the long-tailed training set (never those of the
 *   teacher's balanced one), n_i ≥ 1; length `classes`.
 * @param options - See {@link SelfDistillationLossOptions}.
 * @returns `[batch]` float32 in nats, one value per example; the caller disposes it.
 * @throws {@link InvalidArgumentError} if logits that `kd` uses are missing, shapes disagree, or an
 *   option is out of range.
 * @see Long-tailed Adversarial Training with Self-Distillation, Sec. 4.2 and Algorithm 1, whose
 *   text leaves L_KD open. `'igdm'`, by the same authors, is our reading; the other kinds are other
 *   readings.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {selfDistillationLoss} from 'lt-robust';
 *
 * const student = {plus: tf.tensor2d([[0, 0]]), minus: tf.tensor2d([[0, 1]])};
 * const teacher = {plus: tf.tensor2d([[1, 0]]), minus: tf.tensor2d([[0, 1]])};
 * const labels = tf.tensor1d([1], 'int32');
 * selfDistillationLoss(student, teacher, labels, [50, 1], {weight: 0}).dataSync(); // => [3.931826]
 * selfDistillationLoss(student, teacher, labels, [50, 1]).dataSync(); // => [3.998956]
 * ```
 */
export function selfDistillationLoss(
  student: StudentLogits,
  teacher: TeacherLogits,
  labels: Targets,
  classCounts: ArrayLike<number>,
  options: SelfDistillationLossOptions = {},
): tf.Tensor1D {
  const settings = withDefaults(WHERE, DEFAULTS, options);
  const {kd, weight, temperature, hardLoss, tau, igdmDistance: distance} = settings;
  checkOneOf(WHERE, 'kd', kd, DISTILLATION_KINDS);
  checkOneOf(WHERE, 'hardLoss', hardLoss, HARD_LOSSES);
  checkOneOf(WHERE, 'igdmDistance', distance, GRADIENT_DISTANCES);
  checkNumber(WHERE, 'weight', weight, {min: 0});
  checkNumber(WHERE, 'temperature', temperature, {above: 0, float32: true});
  checkNumber(WHERE, 'tau', tau, {min: 0});
  checkSides(WHERE, 'student', student);
  checkSides(WHERE, 'teacher', teacher);
  const {plus} = student;
  checkTargets(WHERE, plus, labels, 'student.plus');
  checkClassCounts(WHERE, classCounts, plus.shape[1]);
  const needed = (argument: string, logits: tf.Tensor2D | undefined): tf.Tensor2D => {
    if (logits === undefined) throw missing(argument, kd);
    checkSameShape(WHERE, argument, logits, plus);
    return logits;
  };
  const gradientMatching = () => {
    const minus = needed('student.minus', student.minus);
    const target = {
      plus: needed('teacher.plus', teacher.plus),
      minus: needed('teacher.minus', teacher.minus),
    };
    return gradientMatchingLoss({plus, minus}, target, {distance});
  };
  const klAdversarial = () =>
    klDivergence(needed('teacher.plus', teacher.plus), plus, {temperature});
  const klClean = () => klDivergence(needed('teacher.clean', teacher.clean), plus, {temperature});
  const terms: Record<DistillationKind, readonly (() => tf.Tensor1D)[]> = {
    igdm: [gradientMatching],
    'kl-adv': [klAdversarial],
    'kl-clean-teacher': [klClean],
    'igdm+kl-adv': [gradientMatching, klAdversarial],
    none: [],
  };
  return tf.tidy(() => {
    const hard =
      hardLoss === 'ce'
        ? crossEntropy(plus, labels)
        : balancedSoftmax(plus, labels, classCounts, {tau});
    if (weight === 0) return hard;
    return terms[kd].reduce((sum, term) => tf.add(sum, tf.mul(weight, term())), hard);
  });
}

function missing(argument: string, kd: DistillationKind): InvalidArgumentError {
  return new InvalidArgumentError({
    where: WHERE,
    argument,
    expected: `be given for kd '${kd}'`,
    found: 'undefined',
    remedy: 'Pass these logits, or choose another kd.',
  });
}
