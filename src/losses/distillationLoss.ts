import * as tf from '@tensorflow/tfjs-core';

import {checkNumber} from '../core/checks/checkNumber';
import {checkSameShape} from '../core/checks/checkTensors';
import {type Defaults, withDefaults} from '../core/options';
import {crossEntropy} from './crossEntropy';
import {klDivergence} from './klDivergence';
import {checkTargets, type Targets} from './targets';

/** Options of {@link distillationLoss}. */
export interface DistillationLossOptions {
  /** Weight α of the teacher's soft labels in `[0, 1]`; the hard labels weigh 1-α. @defaultValue 1 */
  readonly alpha?: number | undefined;
  /** Temperature T > 0 of the soft labels; 1 leaves the teacher's softmax as it is. @defaultValue 30 */
  readonly temperature?: number | undefined;
}

const DEFAULTS: Defaults<DistillationLossOptions> = {alpha: 1, temperature: 30};

/**
 * Knowledge distillation, α T² KL(softmax(t/T) ‖ softmax(z/T)) + (1-α) CE(z, y): a student learns a
 * teacher's soft labels next to the hard ones. The defaults are those of ARD's script, which does
 * not use the hard labels at all.
 *
 * Where the two parts see different inputs, take {@link ardLoss}, {@link rsladLoss} or
 * {@link adaAdLoss}.
 *
 * @param teacherLogits - `[batch, classes]` float32 t, constants.
 * @param logits - `[batch, classes]` float32 z, of the student.
 * @param labels - `[batch]` int32 in `[0, classes)`, or weights `[batch, classes]`.
 * @param options - See {@link DistillationLossOptions}.
 * @returns `[batch]` float32 in nats; the caller disposes it.
 * @throws {@link InvalidArgumentError} if shapes disagree, α leaves `[0, 1]` or T is not positive.
 * @see Goldblum et al. 2020, Adversarially Robust Distillation, Eq. (3); Zi et al. 2021, Revisiting
 *   Adversarial Robustness Distillation. Their code averages over classes too; here, as in the
 *   formulas, the divergence is summed over them.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {distillationLoss} from 'lt-robust';
 *
 * const teacher = tf.tensor2d([[2, 0]]);
 * const student = tf.tensor2d([[0, 0]]);
 * const labels = tf.tensor1d([0], 'int32');
 * const options = {alpha: 0.5, temperature: 1};
 * distillationLoss(teacher, student, labels, options).dataSync(); // => [0.51048]
 * ```
 */
export function distillationLoss(
  teacherLogits: tf.Tensor2D,
  logits: tf.Tensor2D,
  labels: Targets,
  options: DistillationLossOptions = {},
): tf.Tensor1D {
  const {alpha, temperature} = withDefaults('distillationLoss', DEFAULTS, options);
  checkTargets('distillationLoss', logits, labels);
  checkSameShape('distillationLoss', 'teacherLogits', teacherLogits, logits);
  checkNumber('distillationLoss', 'alpha', alpha, {min: 0, max: 1});
  checkNumber('distillationLoss', 'temperature', temperature, {above: 0, float32: true});
  return tf.tidy(() => {
    const soft = klDivergence(teacherLogits, logits, {temperature});
    return tf.add(tf.mul(alpha, soft), tf.mul(1 - alpha, crossEntropy(logits, labels)));
  });
}
