import * as tf from '@tensorflow/tfjs-core';

import {checkNumber} from '../core/checks/checkNumber';
import {checkOneOf} from '../core/checks/checkOneOf';
import {checkSameShape} from '../core/checks/checkTensors';
import {type Defaults, withDefaults} from '../core/options';
import {CLASS_REDUCTIONS, overClassesFactor, type ClassReduction} from './classReduction';
import {crossEntropy} from './crossEntropy';
import {klDivergence} from './klDivergence';
import {checkPair, type CleanAndAdversarial} from './studentPair';
import {checkTargets, type Targets} from './targets';

/** Options of {@link ardLoss}. */
export interface ArdLossOptions {
  /** Weight α of the teacher's soft labels in `[0, 1]`; the hard labels weigh 1-α. @defaultValue 1 */
  readonly alpha?: number | undefined;
  /** Temperature T > 0 of the soft labels. @defaultValue 30 */
  readonly temperature?: number | undefined;
  /**
   * `'sum'`: the divergence as in the paper; `'mean'`: divided by the number of classes, which is
   * what ARD's code computes. @defaultValue 'sum'
   */
  readonly classReduction?: ClassReduction | undefined;
}

const DEFAULTS: Defaults<ArdLossOptions> = {alpha: 1, temperature: 30, classReduction: 'sum'};

/**
 * Adversarially robust distillation, α T² KL(softmax(t/T) ‖ softmax(f(x')/T)) + (1-α) CE(f(x), y):
 * the student learns to answer the adversarial input as the teacher answers the clean one. The
 * defaults are those of ARD's script, which does not use the hard labels at all.
 *
 * @param teacherLogits - `[batch, classes]` float32 t, of the teacher at the clean input, constants.
 * @param student - Logits of the student; `clean` is needed if α < 1.
 * @param labels - `[batch]` int32 in `[0, classes)`, or weights `[batch, classes]`.
 * @param options - See {@link ArdLossOptions}.
 * @returns `[batch]` float32 in nats; the caller disposes it.
 * @throws {@link InvalidArgumentError} if logits that are needed are missing, shapes disagree or an
 *   option is out of range.
 * @see Goldblum et al. 2020, Adversarially Robust Distillation, Eq. (3). {@link distillationLoss}
 *   is the same with one input for both parts.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {ardLoss} from 'lt-robust';
 *
 * const teacher = tf.tensor2d([[2, 0]]);
 * const student = {adversarial: tf.tensor2d([[0, 0]]), clean: tf.tensor2d([[1, 0]])};
 * const labels = tf.tensor1d([0], 'int32');
 * ardLoss(teacher, student, labels, {alpha: 0.5, temperature: 1}).dataSync(); // => [0.320537]
 * ```
 */
export function ardLoss(
  teacherLogits: tf.Tensor2D,
  student: CleanAndAdversarial,
  labels: Targets,
  options: ArdLossOptions = {},
): tf.Tensor1D {
  const where = 'ardLoss';
  const {alpha, temperature, classReduction} = withDefaults(where, DEFAULTS, options);
  checkNumber(where, 'alpha', alpha, {min: 0, max: 1});
  checkNumber(where, 'temperature', temperature, {above: 0, float32: true});
  checkOneOf(where, 'classReduction', classReduction, CLASS_REDUCTIONS);
  const clean = checkPair(where, 'student', student, alpha < 1);
  const {adversarial} = student;
  checkTargets(where, adversarial, labels, 'student.adversarial');
  checkSameShape(where, 'teacherLogits', teacherLogits, adversarial);
  const weight = alpha * overClassesFactor(classReduction, adversarial.shape[1]);
  return tf.tidy(() => {
    const soft = tf.mul<tf.Tensor1D>(
      weight,
      klDivergence(teacherLogits, adversarial, {temperature}),
    );
    if (clean === undefined) return soft;
    return tf.add(soft, tf.mul(1 - alpha, crossEntropy(clean, labels)));
  });
}
