import * as tf from '@tensorflow/tfjs-core';

import type {AttackContext, EvaluationAttack} from '../core/attack';
import {adversarialOf, type AttackResult} from '../core/attackResult';
import {checkModelOutputAsync, isFiniteAsync} from '../core/checks/checkValues';
import type {Classifier} from '../core/classifier';
import type {Batch} from '../core/dataset';
import {describeValue} from '../core/describeValue';
import {InvalidArgumentError} from '../core/errors';
import {disposeAfter} from '../core/memory';
import {predictedClasses} from './predictedClasses';

/**
 * The classes that a model predicts.
 *
 * @throws {@link InvalidArgumentError} if it does not give logits of `numClasses` classes.
 */
export async function predict<I extends tf.Tensor>(
  where: string,
  classify: Classifier<I>,
  x: I,
  numClasses: number,
): Promise<Int32Array> {
  const logits = tf.tidy(() => classify(x));
  try {
    await checkModelOutputAsync(where, logits, x.shape[0]);
    if (logits.shape[1] === numClasses) return await predictedClasses(logits);
    throw new InvalidArgumentError({
      where,
      argument: 'model',
      expected: `have the ${numClasses} classes of the dataset`,
      found: `${logits.shape[1]} classes`,
      remedy: 'Pass the model and the dataset of one task.',
    });
  } finally {
    tf.dispose(logits);
  }
}

/** What an attack on a batch came to. */
export interface AttackedBatch<I extends tf.Tensor> {
  /** What it returned; the tensors in it are disposed. */
  readonly result: I | AttackResult<I>;
  /** Predicted classes of the perturbed batch. */
  readonly predicted: Int32Array;
  /** Mean size of what was added to a pixel; 0 unless it is measured. */
  readonly perturbation: number;
}

/**
 * Attacks a batch and predicts the result.
 *
 * @param measures - Whether to measure the perturbation.
 * @throws {@link InvalidArgumentError} if the attack does not return a batch of that shape.
 */
export async function attackAndPredict<I extends tf.Tensor>(
  where: string,
  classify: Classifier<I>,
  {x, labels}: Batch<I>,
  numClasses: number,
  {name, attack, context}: {name: string; attack: EvaluationAttack<I>; context: AttackContext},
  measures = false,
): Promise<AttackedBatch<I>> {
  return disposeAfter(async (own) => {
    const result = await attack(classify, x, labels, context);
    const returned = adversarialOf(result);
    const adversarial = own(returned === x ? tf.clone(x) : returned); // x serves the next attack, too
    const isSameShape =
      adversarial instanceof tf.Tensor &&
      adversarial.dtype === x.dtype &&
      tf.util.arraysEqual(adversarial.shape, x.shape);
    if (!isSameShape || !(await isFiniteAsync(adversarial))) {
      throw new InvalidArgumentError({
        where,
        argument: `attacks.${name}`,
        expected: `return ${describeValue(x)}, all finite`,
        found: isSameShape ? 'NaN or infinite values' : describeValue(adversarial),
        remedy: 'Return the perturbed batch.',
      });
    }
    const predicted = await predict(where, classify, adversarial, numClasses);
    if (!measures) return {result, predicted, perturbation: 0};
    const moved = own(tf.tidy(() => tf.mean(tf.abs(tf.sub(adversarial, x)))));
    const [perturbation = NaN] = await moved.data<'float32'>();
    return {result, predicted, perturbation};
  });
}
