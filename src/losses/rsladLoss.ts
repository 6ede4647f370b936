import * as tf from '@tensorflow/tfjs-core';

import {checkNumber} from '../core/checks/checkNumber';
import {checkOneOf} from '../core/checks/checkOneOf';
import {checkSameShape} from '../core/checks/checkTensors';
import {type Defaults, withDefaults} from '../core/options';
import {CLASS_REDUCTIONS, overClassesFactor, type ClassReduction} from './classReduction';
import {klDivergence} from './klDivergence';
import {checkPair, type CleanAndAdversarial} from './studentPair';

/** Options of {@link rsladLoss}. */
export interface RsladLossOptions {
  /**
   * Weight of the adversarial input in `[0, 1]`; the clean one gets the rest.
   * @defaultValue 0.8333333333333334
   */
  readonly weight?: number | undefined;
  /**
   * `'sum'`: the divergences as in the paper; `'mean'`: divided by the number of classes, as
   * RSLAD's code does (which multiplies by 10 again for CIFAR-100). @defaultValue 'sum'
   */
  readonly classReduction?: ClassReduction | undefined;
}

const DEFAULTS: Defaults<RsladLossOptions> = {weight: 0.8333333333333334, classReduction: 'sum'};

/**
 * RSLAD, 5/6 KL(softmax t ‖ softmax f(x')) + 1/6 KL(softmax t ‖ softmax f(x)): the teacher's answer
 * to the clean input replaces the hard labels by robust soft ones.
 *
 * @param teacherLogits - `[batch, classes]` float32 t, of the teacher at the clean input, constants.
 * @param student - Logits of the student; `clean` is needed if the weight is below 1.
 * @param options - See {@link RsladLossOptions}.
 * @returns `[batch]` float32 in nats; the caller disposes it.
 * @throws {@link InvalidArgumentError} if logits that are needed are missing, shapes disagree or an
 *   option is out of range.
 * @see Zi et al. 2021, Revisiting Adversarial Robustness Distillation: Robust Soft Labels Make
 *   Student Better, Eq. (6). Its code adds 1e-5 to the teacher's probabilities inside of their
 *   logarithm, which moves the value but no gradient of the student.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {rsladLoss} from 'lt-robust';
 *
 * const teacher = tf.tensor2d([[2, 0]]);
 * const student = {adversarial: tf.tensor2d([[0, 0]]), clean: tf.tensor2d([[1, 0]])};
 * rsladLoss(teacher, student).dataSync(); // => [0.284352]
 * ```
 */
export function rsladLoss(
  teacherLogits: tf.Tensor2D,
  student: CleanAndAdversarial,
  options: RsladLossOptions = {},
): tf.Tensor1D {
  const where = 'rsladLoss';
  const {weight, classReduction} = withDefaults(where, DEFAULTS, options);
  checkNumber(where, 'weight', weight, {min: 0, max: 1});
  checkOneOf(where, 'classReduction', classReduction, CLASS_REDUCTIONS);
  const clean = checkPair(where, 'student', student, weight < 1);
  const {adversarial} = student;
  checkSameShape(where, 'teacherLogits', teacherLogits, adversarial);
  const factor = overClassesFactor(classReduction, adversarial.shape[1]);
  return tf.tidy(() => {
    const robust = tf.mul<tf.Tensor1D>(factor * weight, klDivergence(teacherLogits, adversarial));
    if (clean === undefined) return robust;
    return tf.add(robust, tf.mul(factor * (1 - weight), klDivergence(teacherLogits, clean)));
  });
}
