import * as tf from '@tensorflow/tfjs-core';

import {pgdAttack} from '../attacks/pgdAttack';
import type {Attack} from '../core/attack';
import type {Classifier} from '../core/classifier';
import type {Batch} from '../core/dataset';
import type {StepContext} from '../core/trainingMethod';

/**
 * The attack that methods train against unless told otherwise: PGD in L∞ with ε 8/255, 10 steps of
 * 2/255, from a random start where the step has randomness. Its first call checks pixels, labels and
 * logits; after that it reads nothing back from the device.
 *
 * @internal
 */
export function trainingAttack<I extends tf.Tensor>(): Attack<I> {
  let isChecked = false;
  return (model, x, labels, context) => {
    const adversarial = pgdAttack(model, x, labels, {...context, checkValues: !isChecked});
    isChecked = true;
    return adversarial;
  };
}

/**
 * Runs a method's attack on a batch, with the randomness of this step.
 *
 * @returns The adversarial inputs, never the batch's own tensor.
 * @internal
 */
export async function attackBatch<I extends tf.Tensor>(
  attack: Attack<I>,
  model: Classifier<I>,
  {x, labels}: Batch<I>,
  {rng}: StepContext,
): Promise<I> {
  const context = rng === undefined ? {} : {rng: rng.fork('attack')};
  const adversarial = await attack(model, x, labels, context);
  return adversarial === x ? tf.clone(x) : adversarial;
}
