import type * as tf from '@tensorflow/tfjs-core';

import {checkClip} from '../core/threatModel';
import type {Attack} from '../core/attack';
import {checkNumber} from '../core/checks/checkNumber';
import {checkOneOf} from '../core/checks/checkOneOf';
import {checkClassCounts} from '../core/checks/checkTensors';
import {asClassifier, type Model} from '../core/classifier';
import {withIdentity} from '../core/identity';
import {withDefaults, type Defaults} from '../core/options';
import type {TrainingMethod} from '../core/trainingMethod';
import {DISTILLATION_SCHEDULES, type DistillationSchedule} from '../losses/distillationWeight';
import {GRADIENT_DISTANCES, type GradientDistance} from '../losses/gradientMatchingLoss';
import {DISTILLATION_KINDS, type DistillationKind} from '../losses/selfDistillationLoss';
import {atBslTraining} from './atBslTraining';
import {trainingAttack} from './attackBatch';
import {distillation} from './distillation';
import {gradientMatching, withPassAt} from './gradientMatching';
import {pgdTraining} from './pgdTraining';

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
  /**
   * β: the matching looks at `x + βδ`; a value other than 1 costs one more pass of each model.
   * @defaultValue 1
   */
  readonly igdmBeta?: number | undefined;
  /** γ: the matching looks at `x − γδ`. @defaultValue 1 */
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

const DISTILLATION_DEFAULTS: Defaults<DistillationOptions, 'alpha'> = {
  kd: 'igdm',
  alpha: undefined,
  alphaSchedule: 'linear',
  temperature: 1,
  hardLoss: 'bsl',
  tau: 1,
  igdmDistance: 'kl',
  igdmBeta: 1,
  igdmGamma: 1,
  igdmClip: null,
  extraCleanForward: false,
};

const WHERE = 'selfDistillationTraining';

/**
 * The student's stage of the paper's method: AT-BSL plus distillation from a balanced self-teacher,
 * L = L_BSL(f_S(x + δ), y) + T(α, e) L_KD. `trainSelfDistilled` runs both stages. The options choose
 * among {@link gradientMatching} and {@link distillation} around {@link atBslTraining}; where both
 * terms need weights of their own, write them so.
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
 * import * as tf from '@tensorflow/tfjs-core';
 * import {layers, sequential} from '@tensorflow/tfjs-layers';
 * import {selfDistillationTraining} from 'lt-robust';
 *
 * const teacher = sequential({layers: [layers.dense({inputShape: [2], units: 2})]});
 * const method = selfDistillationTraining<tf.Tensor2D>({teacher, classCounts: [50, 5]});
 * ```
 */
export function selfDistillationTraining<I extends tf.Tensor = tf.Tensor4D>(
  options: SelfDistillationTrainingOptions<I>,
): TrainingMethod<I> {
  const defaults: Defaults<SelfDistillationTrainingOptions<I>, 'teacher' | 'alpha'> = {
    teacher: undefined, // required: checked below
    ...DISTILLATION_DEFAULTS,
    classCounts: [],
    attack: trainingAttack<I>(),
  };
  const settings = withDefaults(WHERE, defaults, options);
  const {teacher} = settings;
  checkClip(WHERE, 'igdmClip', settings.igdmClip);
  const {kd, alphaSchedule: schedule, temperature, hardLoss, tau, classCounts, attack} = settings;
  const {igdmDistance, igdmBeta, igdmGamma, igdmClip, extraCleanForward} = settings;
  const {alpha = kd === 'igdm' ? 60 : 1} = settings;
  checkOneOf(WHERE, 'kd', kd, DISTILLATION_KINDS);
  checkOneOf(WHERE, 'alphaSchedule', schedule, DISTILLATION_SCHEDULES);
  checkOneOf(WHERE, 'hardLoss', hardLoss, ['bsl', 'ce']);
  checkOneOf(WHERE, 'igdmDistance', igdmDistance, GRADIENT_DISTANCES);
  checkNumber(WHERE, 'alpha', alpha, {min: 0});
  checkNumber(WHERE, 'temperature', temperature, {above: 0, float32: true});
  checkNumber(WHERE, 'tau', tau, {min: 0});
  checkNumber(WHERE, 'igdmBeta', igdmBeta, {above: 0});
  checkNumber(WHERE, 'igdmGamma', igdmGamma, {min: 0});
  checkClassCounts(WHERE, classCounts);
  asClassifier<I>(teacher, `${WHERE}, teacher`);

  const base =
    hardLoss === 'ce' ? pgdTraining<I>({attack}) : atBslTraining<I>({attack, classCounts, tau});
  const divergence = {teacher, weight: alpha, schedule, temperature};
  const matching = {
    ...{teacher, alpha, schedule, extraCleanForward},
    ...{distance: igdmDistance, beta: igdmBeta, gamma: igdmGamma, clip: igdmClip},
  };
  const rest = extraCleanForward ? withCleanPass : <T>(method: T) => method;
  switch (kd) {
    case 'igdm':
      return gradientMatching(base, matching);
    case 'kl-adv':
      return rest(distillation(base, {...divergence, at: 'adversarial'}));
    case 'kl-clean-teacher':
      return rest(distillation(base, {...divergence, at: 'clean'}));
    case 'igdm+kl-adv':
      return gradientMatching(distillation(base, {...divergence, at: 'adversarial'}), matching);
    case 'none':
      return rest(base);
  }
}

function withCleanPass<I extends tf.Tensor>(base: TrainingMethod<I>): TrainingMethod<I> {
  const method: TrainingMethod<I> = {
    ...base,
    async objective(step) {
      const inner = await base.objective(step);
      return {...inner, loss: withPassAt(step.batch.x, inner.loss)};
    },
  };
  return withIdentity(method, {name: 'cleanPass', base});
}
