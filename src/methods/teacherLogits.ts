import type * as tf from '@tensorflow/tfjs-core';

import {asClassifier, type Model} from '../core/classifier';
import type {Own} from '../core/memory';
import type {TrainingStep} from '../core/trainingMethod';
import {logitsAt} from '../math/logitsAt';

// By step (each has its own `own`), teacher and input: two wrappers around one method may ask one
// teacher for the same input.
const passes = new WeakMap<Own, Map<object, Map<tf.Tensor, tf.Tensor2D>>>();

/**
 * A teacher's logits as constants of a step: inference mode, off the tape, one pass per input tensor
 * and step, however many wrappers ask.
 *
 * @param step - The step, or a copy of it.
 * @param teacher - The teacher as the user gave it.
 * @param x - `[batch, ...]`: a tensor that lives until the step ends.
 * @param where - Name for error messages.
 * @returns `[batch, classes]`, disposed after the step.
 */
export function teacherLogits<I extends tf.Tensor>(
  {own}: Pick<TrainingStep<I>, 'own'>,
  teacher: Model<I>,
  x: I,
  where: string,
): tf.Tensor2D {
  const byTeacher = passes.get(own) ?? new Map<object, Map<tf.Tensor, tf.Tensor2D>>();
  passes.set(own, byTeacher);
  const byInput = byTeacher.get(teacher) ?? new Map<tf.Tensor, tf.Tensor2D>();
  byTeacher.set(teacher, byInput);
  const known = byInput.get(x);
  if (known !== undefined) return known;
  const logits = own(logitsAt(where, asClassifier<I>(teacher, where), x));
  byInput.set(x, logits);
  return logits;
}
