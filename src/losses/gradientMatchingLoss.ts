import * as tf from '@tensorflow/tfjs-core';

import {checkSides} from './checkSides';
import {checkOneOf} from '../core/checks/checkOneOf';
import {checkLogits, checkSameShape} from '../core/checks/checkTensors';
import {type Defaults, withDefaults} from '../core/options';
import {sign} from '../math/sign';
import {withGradient} from '../math/withGradient';
import {klDivergence} from './klDivergence';

/** One model's logits on both sides of the clean input. */
export interface LogitsPair {
  /** `[batch, classes]` float32: at `x + δ`. */
  readonly plus: tf.Tensor2D;
  /** `[batch, classes]` float32: at `x - δ`. */
  readonly minus: tf.Tensor2D;
}

/** @internal Also checked by {@link selfDistillationLoss}. */
export const GRADIENT_DISTANCES = ['kl', 'l2', 'l1'] as const;

/** How {@link gradientMatchingLoss} compares two differences of logits. */
export type GradientDistance = (typeof GRADIENT_DISTANCES)[number];

/** Options of {@link gradientMatchingLoss}. */
export interface GradientMatchingLossOptions {
  /**
   * 'kl': KL(softmax Δ_T ‖ softmax Δ_S), in nats; 'l2': Σ_c (Δ_S - Δ_T)²; 'l1': Σ_c |Δ_S - Δ_T|.
   * @defaultValue 'kl'
   */
  readonly distance?: GradientDistance | undefined;
}

const DEFAULTS: Defaults<GradientMatchingLossOptions> = {distance: 'kl'};

/**
 * Indirect gradient matching (IGDM): the change of the logits from `x - δ` to `x + δ` stands for
 * the gradient to the input, and the loss pulls the student's change Δ_S towards the teacher's Δ_T.
 * It costs one more forward pass of each model, and no second derivative.
 *
 * @param student - Logits of the student; gradients flow to both.
 * @param teacher - Logits of the teacher at the same two inputs, constants.
 * @param options - See {@link GradientMatchingLossOptions}.
 * @returns `[batch]` float32, one value per example; the caller disposes it.
 * @throws {@link InvalidArgumentError} if the four shapes disagree or the distance is unknown.
 * @see Lee, Cho & Kim 2025, Indirect Gradient Matching for Adversarial Robust Distillation,
 *   Eq. (8), (9); L1 and L2: its App. A.6.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {gradientMatchingLoss} from 'lt-robust';
 *
 * const student = {plus: tf.tensor2d([[1, 0]]), minus: tf.tensor2d([[0, 0]])};
 * const teacher = {plus: tf.tensor2d([[0, 0]]), minus: tf.tensor2d([[0, 2]])};
 * gradientMatchingLoss(student, teacher, {distance: 'l2'}).dataSync(); // => [5]
 * ```
 */
export function gradientMatchingLoss(
  student: LogitsPair,
  teacher: LogitsPair,
  options: GradientMatchingLossOptions = {},
): tf.Tensor1D {
  const {distance} = withDefaults('gradientMatchingLoss', DEFAULTS, options);
  checkOneOf('gradientMatchingLoss', 'distance', distance, GRADIENT_DISTANCES);
  checkSides('gradientMatchingLoss', 'student', student);
  checkSides('gradientMatchingLoss', 'teacher', teacher);
  checkLogits('gradientMatchingLoss', student.plus, undefined, 'student.plus');
  checkSameShape('gradientMatchingLoss', 'student.minus', student.minus, student.plus);
  checkSameShape('gradientMatchingLoss', 'teacher.plus', teacher.plus, student.plus);
  checkSameShape('gradientMatchingLoss', 'teacher.minus', teacher.minus, student.plus);
  return tf.tidy(() => {
    const studentChange = changeOf(student); // Δ_S
    const teacherChange = changeOf(teacher); // Δ_T
    if (distance === 'kl') return klDivergence(teacherChange, studentChange);
    const gap = tf.sub(studentChange, teacherChange);
    // |gap| as gap sign(gap): tfjs's gradient of abs is -1 at 0, where it should be 0.
    return tf.sum<tf.Tensor1D>(tf.mul(gap, distance === 'l2' ? gap : sign(gap)), 1);
  });
}

// A class that is masked at both inputs, at -Infinity, does not change. The gradient is that of the
// difference: tfjs has none of the comparison.
function changeOf({plus, minus}: LogitsPair): tf.Tensor2D {
  const forward = () => {
    const areMasked = tf.logicalAnd(tf.equal(plus, -Infinity), tf.equal(minus, -Infinity));
    const value = tf.where(areMasked, tf.zerosLike(plus), tf.sub<tf.Tensor2D>(plus, minus));
    return {value, keep: {}};
  };
  return withGradient([plus, minus], forward, (dy) => [tf.clone(dy), tf.neg(dy)]);
}
