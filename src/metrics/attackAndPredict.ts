import * as tf from '@tensorflow/tfjs-core';

import type {AttackContext, EvaluationAttack} from '../core/attack';
import {adversarialOf, type AttackResult} from '../core/attackResult';
import {checkModelOutputAsync, isFiniteAsync} from '../core/checks/checkValues';
import type {Classifier} from '../core/classifier';
import type {Batch} from '../core/dataset';
import {describeValue} from '../core/describeValue';
import {InvalidArgumentError, isUnusableGradientError} from '../core/errors';
import type {GradientCounts} from '../core/gradientTallies';
import {disposeAfter} from '../core/memory';
import {logitsAt} from '../math/logitsAt';
import {predictedClasses} from './predictedClasses';
import {watchGradients} from './watchGradients';

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
  const logits = logitsAt(where, classify, x);
  try {
    await checkModelOutputAsync(where, logits, x.shape[0]);
    if (logits.shape[1] === numClasses) return await predictedClasses(logits);
    throw new InvalidArgumentError({
      where,
      argument: 'model',
      expected: `have the ${numClasses} classes of the dataset`,
      found: `${logits.shape[1]} classes`,
      remedy:
        'Pass the model and the dataset of one task. If the labels are numbered from 1, subtract 1; ' +
        'asDataset(source, {numClasses}) says how many classes there are.',
    });
  } finally {
    tf.dispose(logits);
  }
}

/** The result of an attack on a batch. */
export interface AttackedBatch<I extends tf.Tensor> {
  /** What it returned; the tensors in it are disposed. */
  readonly result: I | AttackResult<I>;
  /** Predicted classes of the perturbed batch. */
  readonly predicted: Int32Array;
  /** What its first gradient was, where the attack does not say so itself. */
  readonly gradients: GradientCounts | undefined;
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
    const watched = watchGradients(classify, x.shape[0]);
    let result: I | AttackResult<I>;
    let counts: GradientCounts | undefined;
    try {
      result = await attack(watched.classify, x, labels, context);
      counts = await watched.counts();
    } catch (error) {
      // One batch without a gradient is no reason to give up on the others.
      if (!isUnusableGradientError(error)) throw error;
      result = x;
      counts = error;
    } finally {
      watched.dispose();
    }
    const saysItself = typeof result === 'object' && 'tallies' in result;
    const gradients = saysItself ? undefined : counts;
    const returned = adversarialOf(result);
    const adversarial = own(returned === x ? tf.clone(x) : returned); // x is also the input of the next attack
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
    if (!measures) return {result, predicted, gradients, perturbation: 0};
    const moved = own(tf.tidy(() => tf.mean(tf.abs(tf.sub(adversarial, x)))));
    const [perturbation = NaN] = await moved.data<'float32'>();
    return {result, predicted, gradients, perturbation};
  });
}
