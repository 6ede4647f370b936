import * as tf from '@tensorflow/tfjs-core';

import {checkNumber} from '../core/checks/checkNumber';
import {checkOneOf} from '../core/checks/checkOneOf';
import {checkSameShape} from '../core/checks/checkTensors';
import {type Defaults, withDefaults} from '../core/options';
import {CLASS_REDUCTIONS, overClassesFactor, type ClassReduction} from './classReduction';
import {klDivergence} from './klDivergence';
import {checkPair, type CleanAndAdversarial} from './studentPair';

/** Options of {@link adaAdLoss}. */
export interface AdaAdLossOptions {
  /**
   * Weight λ of the adversarial input in `[0, 1]`; the clean one weighs 1-λ. @defaultValue 1
   */
  readonly lambda?: number | undefined;
  /**
   * `'sum'`: the divergence as in the paper, and in AdaAD's code for CIFAR-100; `'mean'`: divided by
   * the number of classes, which is what its code computes for CIFAR-10. @defaultValue 'sum'
   */
  readonly classReduction?: ClassReduction | undefined;
}

const DEFAULTS: Defaults<AdaAdLossOptions> = {lambda: 1, classReduction: 'sum'};

/**
 * AdaAD, λ KL(softmax t(x') ‖ softmax f(x')) + (1-λ) KL(softmax t(x) ‖ softmax f(x)): the student
 * answers as the teacher does to the same input. The attack ascends the first divergence through
 * both networks; in training the teacher is a constant.
 *
 * @param teacher - Logits of the teacher; `clean` is needed if λ < 1.
 * @param student - Logits of the student at the same inputs.
 * @param options - See {@link AdaAdLossOptions}.
 * @returns `[batch]` float32 in nats; the caller disposes it.
 * @throws {@link InvalidArgumentError} if logits that are needed are missing, shapes disagree or an
 *   option is out of range.
 * @see Huang et al. 2023, Boosting Accuracy and Robustness of Student Models via Adaptive
 *   Adversarial Distillation, and its code, whose λ is 1.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {adaAdLoss} from 'lt-robust';
 *
 * const teacher = {adversarial: tf.tensor2d([[2, 0]])};
 * const student = {adversarial: tf.tensor2d([[0, 0]])};
 * adaAdLoss(teacher, student).dataSync(); // => [0.327813]
 * ```
 */
export function adaAdLoss(
  teacher: CleanAndAdversarial,
  student: CleanAndAdversarial,
  options: AdaAdLossOptions = {},
): tf.Tensor1D {
  const where = 'adaAdLoss';
  const {lambda, classReduction} = withDefaults(where, DEFAULTS, options);
  checkNumber(where, 'lambda', lambda, {min: 0, max: 1});
  checkOneOf(where, 'classReduction', classReduction, CLASS_REDUCTIONS);
  const clean = checkPair(where, 'student', student, lambda < 1);
  const teacherClean = checkPair(where, 'teacher', teacher, lambda < 1);
  checkSameShape(where, 'teacher.adversarial', teacher.adversarial, student.adversarial);
  const factor = overClassesFactor(classReduction, student.adversarial.shape[1]);
  return tf.tidy(() => {
    const robust = klDivergence(teacher.adversarial, student.adversarial);
    if (clean === undefined || teacherClean === undefined) return scaled(robust, factor);
    return tf.add(
      scaled(robust, lambda * factor),
      scaled(klDivergence(teacherClean, clean), (1 - lambda) * factor),
    );
  });
}

const scaled = (values: tf.Tensor1D, factor: number): tf.Tensor1D =>
  factor === 1 ? values : tf.mul(factor, values);
